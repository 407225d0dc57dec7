"""Score one model over all its seeds, or the baseline without a model, on one task."""

import json
import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic import plugins
from alambic.data.documents import write_table
from alambic.data.inputs import Inputs
from alambic.settings import Evaluate
from alambic.stages.evaluate.bootstrap import digest_of, interval, over_seeds, resample
from alambic.stages.evaluate.example_scores import ExampleScores
from alambic.stages.evaluate.given_predictions import GivenPredictions
from alambic.stages.evaluate.metrics._score import FOLDER as METRICS
from alambic.stages.evaluate.metrics._score import on_drawn
from alambic.tasks.examples import Answer, Example, TaskData
from alambic.tasks.head import Head, load_head
from alambic.tasks.iob2 import from_tags
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import Finetuned, Predictor, WithoutModel

log = logging.getLogger("alambic.stages.evaluate")

SPLIT = "test"  # the one that is scored
ALL = "all"  # stands for every seed together
Answers = dict[str, dict[tuple[str, str], list[Answer]]]  # by seed, then split and dataset


def run(settings: Evaluate, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write scores.json, predictions.parquet, resamples.parquet and, of a model, example_scores.parquet.

    Returns sizes and counts. Test examples are scored. Of those for calibration and development only the
    predictions and their scores are written down.
    """
    data = load_task(settings.task, inputs)
    head = load_head(data.head, data.labels)
    scores = ExampleScores()
    if settings.predictions is not None:
        data, answers, facts = _given(inputs.one("predictions"), data, head)
    else:
        answers, facts = _predict(settings, inputs, data, head, scores)
    rows: list[dict[str, Any]] = []
    resamples: list[dict[str, Any]] = []
    for dataset, examples in data.test.items():
        for metric in settings.metrics:
            given = {seed: of_seed[SPLIT, dataset] for seed, of_seed in answers.items()}
            scored, drawn = _score(settings, data, head, dataset, metric, given)
            rows, resamples = rows + scored, [*resamples, drawn]
        log.info("%s: %d texts scored", dataset, len(examples))
    (output / "scores.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_table(pa.Table.from_pylist(_predictions(data, answers)), output / "predictions.parquet")
    write_table(pa.Table.from_pylist(resamples), output / "resamples.parquet")
    scores.write(output, head.labels)
    return {
        **facts,
        **data.facts,
        "train_texts": len(data.train),
        "test_texts": {k: len(v) for k, v in data.test.items()},
    }


def _given(folder: Path, data: TaskData, head: Head) -> tuple[TaskData, Answers, dict[str, Any]]:
    """Take the answers that were brought, for the test sets that they are of."""
    given = GivenPredictions(folder)
    scored = given.scored(data)
    answers: Answers = {}
    for seed in given.by_seed:
        parts = {name: zip(given.answers(seed, name, part), part, strict=True) for name, part in scored.test.items()}
        answers[seed or ALL] = {
            (SPLIT, name): [head.counted(answer, example) for answer, example in pairs] for name, pairs in parts.items()
        }
    return scored, answers, {"predictions_without_a_text": given.unused(scored)}


def _predict(
    settings: Evaluate, inputs: Inputs, data: TaskData, head: Head, scores: ExampleScores
) -> tuple[Answers, dict[str, Any]]:
    folders = inputs.get("finetuned", [])
    if not folders:
        assert settings.baseline is not None  # the settings see to it
        baseline = WithoutModel(settings.baseline, data)
        return {ALL: _answers(baseline, data, head, scores, seed=ALL)}, {}
    answers: Answers = {}
    for seed, folder in zip(settings.seeds, folders, strict=True):
        model = Finetuned(folder)
        assert model.head.labels == head.labels, f"{folder} was fine-tuned on other labels than those of the task"
        answers[str(seed)] = _answers(model, data, head, scores, seed=str(seed))
    return answers, model.facts()


def _answers(
    predictor: Predictor, data: TaskData, head: Head, scores: ExampleScores, *, seed: str
) -> dict[tuple[str, str], list[Answer]]:
    answers = {}
    for (split, dataset), examples in _held_out(data).items():
        predictions = predictor.predict(examples)
        scores.add(examples, predictions, seed=seed, dataset=dataset, split=split)
        pairs = zip(predictions, examples, strict=True)
        answers[split, dataset] = [head.counted(prediction.answer, example) for prediction, example in pairs]
    return answers


def _held_out(data: TaskData) -> dict[tuple[str, str], list[Example]]:
    """List what is not trained on, by split and dataset."""
    parts = {SPLIT: data.test, "calibration": data.calibration, "dev": data.dev}
    return {(split, dataset): examples for split, part in parts.items() for dataset, examples in part.items()}


def _score(
    settings: Evaluate, data: TaskData, head: Head, dataset: str, metric: str, answers: dict[str, list[Answer]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    module = import_module(f"alambic.stages.evaluate.metrics.{metric}")
    examples = data.test[dataset]
    digest = digest_of([example.id for example in examples])
    gold, given = _read_by(metric, examples, answers)
    scores = {seed: module.score(gold, of_seed) for seed, of_seed in given.items()}
    counts = [score.counts for score in scores.values()]
    values = resample(counts, on_drawn(metric), resamples=settings.resamples, digest=digest)
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
                head.decoding,
                f"interval=bootstrap:{settings.resamples}:{settings.confidence}",
            )
            if part
        )
        measure = {"dataset": dataset, "split": SPLIT, "metric": metric, "signature": signature}
        rows.append({**measure, "value": means[seed], "low": low, "high": high, "seed": seed})
    return rows, {
        "dataset": dataset,
        "split": SPLIT,
        "metric": metric,
        "values": together.tolist(),
        "ids_digest": digest,
    }


def _read_by(
    metric: str, examples: list[Example], answers: dict[str, list[Answer]]
) -> tuple[list[Any], dict[str, list[Any]]]:
    """Give the right answers and those of each seed as a metric reads them: as they are, or as entities."""
    if plugins.constant(METRICS, metric, "READS", "answers") != "spans":
        return [example.gold for example in examples], dict(answers)
    gold = [example.spans if example.spans is not None else from_tags(example.gold) for example in examples]
    return gold, {seed: [from_tags(answer) for answer in given] for seed, given in answers.items()}


def _predictions(data: TaskData, answers: Answers) -> list[dict[str, str]]:
    examples = _held_out(data)
    return [
        {
            "seed": seed,
            "dataset": dataset,
            "split": split,
            "id": example.id,
            "gold": json.dumps(example.gold, ensure_ascii=False),
            "predicted": json.dumps(answer, ensure_ascii=False),
        }
        for seed, of_seed in answers.items()
        for (split, dataset), given in of_seed.items()
        for example, answer in zip(examples[split, dataset], given, strict=True)
    ]
