"""What an exported model answers to the texts on which the model was scored: its scores, and where answers differ."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from alambic import plugins
from alambic.data.predictions import read_predictions
from alambic.errors import UserError
from alambic.models.onnx_model import INT8, SINGLE, OnnxModel
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import Head, Prediction
from alambic.tasks.iob2 import entities_of

METRICS = "alambic.stages.evaluate.metrics"  # the folder of plug-ins, each loaded by its name
ENGINES = {"torch": "model.safetensors", "onnx": SINGLE, "onnx int8": INT8}
LARGEST_ERROR = 1e-3  # of a probability, by the export: orders of operations differ, in single precision
COMPARED = 64  # texts


@dataclass(frozen=True)
class Rescored:
    """One score of one form of a model."""

    engine: str
    dataset: str
    metric: str
    value: float
    low: float | None = None  # of the interval of this seed, where it was computed
    high: float | None = None
    same_answers: float | None = None  # the share of texts that torch answers alike


def stored_scores(evaluation: Path, *, seed: int) -> Iterator[Rescored]:
    """Read the scores that torch had, of one seed, on the test texts."""
    for row in json.loads((evaluation / "scores.json").read_text(encoding="utf-8")):
        if row["seed"] == str(seed):
            yield Rescored("torch", row["dataset"], row["metric"], row["value"], row["low"], row["high"])


def stored_answers(folder: Path, *, seed: int) -> dict[tuple[str, str], Answer]:
    """Read what torch answered, by dataset and text."""
    return {
        (part.dataset, name): answer
        for part in read_predictions(folder).of_split("test")
        for name, answer in zip(part.ids, part.predicted[str(seed)], strict=True)
    }


def rescore(
    engine: str,
    folder: Path,
    data: TaskData,
    head: Head[Any],
    metrics: Sequence[str],
    before: dict[tuple[str, str], Answer],
) -> tuple[list[Rescored], float]:
    """Score an exported model on the test texts; give the processor seconds that its answers took too."""
    model, preprocessor = OnnxModel(folder / ENGINES[engine]), head.open_preprocessor(folder)
    scores, seconds = [], 0.0
    for dataset, examples in data.test.items():
        started = time.process_time()
        predictions = head.predict(model, preprocessor, examples, max_length=preprocessor.model_max_length)
        seconds += time.process_time() - started
        answers = [head.counted(each.answer, example) for each, example in zip(predictions, examples, strict=True)]
        same = np.mean([a == before[dataset, e.id] for a, e in zip(answers, examples, strict=True)])
        for metric in metrics:
            read = _read_by(metric, examples, answers, predictions, head)
            value = import_module(f"{METRICS}.{metric}").score(*read).value
            scores.append(Rescored(engine, dataset, metric, float(value), same_answers=float(same)))
    return scores, seconds


def _read_by(
    metric: str, examples: list[Example], answers: list[Answer], predictions: list[Prediction], head: Head[Any]
) -> tuple[Any, ...]:
    """Give what a metric reads: right answers and those of a model, probabilities, or entities that may nest."""
    reads = plugins.constant(METRICS.partition(".")[2], metric, "READS", "answers")
    if reads == "scores":
        return [one.gold for one in examples], [one.scores for one in predictions], head.labels
    if reads == "spans":
        return [entities_of(one.gold, one.spans) for one in examples], [entities_of(answer) for answer in answers]
    if reads == "units":
        return [one.gold for one in examples], answers, [one.unit for one in examples], [one.id for one in examples]
    return [one.gold for one in examples], answers


def check_export(model: Any, folder: Path, head: Head[Any], examples: Sequence[Example]) -> float:
    """Compare probabilities of the exported model with those of `model`; give the largest difference.

    UserError where it is no rounding.
    """
    preprocessor, some = head.open_preprocessor(folder), examples[:COMPARED]
    exported = OnnxModel(folder / SINGLE)
    pairs = zip(
        *(head.predict(m, preprocessor, some, max_length=preprocessor.model_max_length) for m in (model, exported)),
        strict=True,
    )
    errors = [np.abs(a.scores - b.scores).max() for a, b in pairs if a.scores is not None and a.scores.size]
    error = float(max(errors, default=0.0))
    if error > LARGEST_ERROR:
        raise UserError(
            f"the exported model differs by {error:.2g} in a probability from the model that was scored: "
            "write `onnx: false` under its name in `release.models`, and tell the authors of Alambic"
        )
    return error
