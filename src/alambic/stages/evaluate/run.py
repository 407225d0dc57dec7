"""Score one model over all its seeds, or the dictionary, on one task."""

import json
import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic.data.documents import write_table
from alambic.data.inputs import Inputs
from alambic.settings import Evaluate
from alambic.stages.evaluate.bootstrap import digest_of, interval, over_seeds, resample
from alambic.stages.evaluate.predictors import Finetuned, speed
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.iob2 import without
from alambic.tasks.loading import load_task

log = logging.getLogger("alambic.stages.evaluate")

SPLIT = "test"
ALL = "all"  # stands for every seed together
Predictions = dict[str, dict[str, list[Answer]]]  # by seed, then dataset


def run(settings: Evaluate, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write scores.json, predictions.parquet and resamples.parquet; return sizes, speed and counts."""
    data = load_task(settings.task, inputs)
    predictions, facts = _predict(settings, inputs, data)
    rows: list[dict[str, Any]] = []
    resamples: list[dict[str, Any]] = []
    for dataset, examples in data.test.items():
        for metric in settings.metrics:
            answers = {seed: of_seed[dataset] for seed, of_seed in predictions.items()}
            scored, drawn = _score(settings, data, dataset, metric, answers)
            rows, resamples = rows + scored, [*resamples, drawn]
        log.info("%s: %d texts scored", dataset, len(examples))
    (output / "scores.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_table(pa.Table.from_pylist(_told(data, predictions)), output / "predictions.parquet")
    write_table(pa.Table.from_pylist(resamples), output / "resamples.parquet")
    return {
        **facts,
        **data.facts,
        "train_texts": len(data.train),
        "test_texts": {k: len(v) for k, v in data.test.items()},
    }


def _predict(settings: Evaluate, inputs: Inputs, data: TaskData) -> tuple[Predictions, dict[str, Any]]:
    folders = inputs.get("finetuned", [])
    if not folders:
        dictionary = data.fit_dictionary(data.train)
        return {ALL: _answers(dictionary, data)}, speed(dictionary, data)
    predictions: Predictions = {}
    for seed, folder in zip(settings.seeds, folders, strict=True):
        model = Finetuned(folder, data)
        predictions[str(seed)] = _answers(model, data)
    return predictions, {**model.facts(), **speed(model.to_cpu(), data)}


def _answers(predictor: Any, data: TaskData) -> dict[str, list[Answer]]:
    return {
        dataset: [_counted(a, e) for a, e in zip(predictor.predict(examples), examples, strict=True)]
        for dataset, examples in data.test.items()
    }


def _counted(answer: Answer, example: Example) -> Answer:
    return without(answer, example.ignored) if example.ignored else answer


def _score(
    settings: Evaluate, data: TaskData, dataset: str, metric: str, answers: dict[str, list[Answer]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    module = import_module(f"alambic.stages.evaluate.metrics.{metric}")
    examples = data.test[dataset]
    digest = digest_of([example.id for example in examples])
    scores = {seed: module.score([example.gold for example in examples], given) for seed, given in answers.items()}
    counts = [score.counts for score in scores.values()]
    values = resample(counts, module.combine, resamples=settings.resamples, digest=digest)
    together = over_seeds(values, digest=digest)
    drawn = {seed: row for seed, row in zip(scores, values, strict=True) if seed != ALL}
    means = {seed: score.value for seed, score in scores.items()}
    means[ALL] = float(np.mean(list(means.values())))
    rows = []
    for seed, sampled in {**drawn, ALL: together}.items():
        low, high = interval(sampled, confidence=settings.confidence)
        signature = "|".join(
            part
            for part in (
                next(iter(scores.values())).signature,
                data.conversion,
                f"interval=bootstrap:{settings.resamples}:{settings.confidence}",
            )
            if part
        )
        place = {"dataset": dataset, "split": SPLIT, "metric": metric, "signature": signature}
        rows.append({**place, "value": means[seed], "low": low, "high": high, "seed": seed})
    return rows, {
        "dataset": dataset,
        "split": SPLIT,
        "metric": metric,
        "values": together.tolist(),
        "ids_digest": digest,
    }


def _told(data: TaskData, predictions: Predictions) -> list[dict[str, str]]:
    return [
        {
            "seed": seed,
            "dataset": dataset,
            "split": SPLIT,
            "id": example.id,
            "gold": json.dumps(example.gold, ensure_ascii=False),
            "predicted": json.dumps(answer, ensure_ascii=False),
        }
        for seed, of_seed in predictions.items()
        for dataset, answers in of_seed.items()
        for example, answer in zip(data.test[dataset], answers, strict=True)
    ]
