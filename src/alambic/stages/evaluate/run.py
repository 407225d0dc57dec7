"""Score the predictions of one system on one task, with intervals; no model is opened but a metric's own."""

import json
import logging
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic import plugins
from alambic.data.documents import write_table
from alambic.data.example_scores import read_example_scores
from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, Predictions, read_predictions
from alambic.settings import Evaluate
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.stages.evaluate.scored_examples import examples_of, load_data
from alambic.stages.evaluate.terms import score_terms
from alambic.statistics.bootstrap import (
    digest_of,
    interval,
    over_seeds,
    resample,
    resample_examples,
    sum_by_unit,
)
from alambic.statistics.counts import CountsTable
from alambic.tasks.examples import TaskData
from alambic.tasks.iob2 import entities_of

log = logging.getLogger("alambic.stages.evaluate")

SPLIT = "test"  # the one that is scored
ALL = "all"  # stands for every seed together


def run(settings: Evaluate, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write scores.json, resamples.parquet, counts.parquet and terms.json; return how much was scored.

    Test examples are scored, and no others of those that were answered. A metric that reads probabilities, or
    written texts, scores no system that gives none: the facts name it. They also count, for each metric, the answers
    that were not as they should be, by reason, over all seeds.
    """
    folder = inputs.one("predictions")
    predictions, probabilities = read_predictions(folder), read_example_scores(folder, split=SPLIT)
    rows: list[dict[str, Any]] = []
    resamples: list[dict[str, Any]] = []
    counts, failures = CountsTable(), Counter[tuple[str, str]]()
    test = predictions.of_split(SPLIT)
    left_out = [metric for metric in settings.metrics if _reads(metric) == "scores" and not probabilities]
    if left_out:
        log.info("without probabilities, there is no %s", ", ".join(left_out))
    unwritten = [metric for metric in settings.metrics if _reads(metric) == "texts" and not _writes(test)]
    if unwritten:
        log.info("without a written text, there is no %s", ", ".join(unwritten))
    by_examples = any(_reads(metric) == "sources" for metric in settings.metrics)
    data = load_data(settings, inputs) if by_examples else None
    models = {role: inputs.one(role) for role in ("reader", "scorer") if role in inputs}
    for part in test:
        for metric in settings.metrics:
            if metric not in (*left_out, *unwritten):
                scored, drawn = _score(
                    settings, part, metric, predictions, probabilities, counts, data, models, failures
                )
                rows, resamples = rows + scored, [*resamples, drawn]
        log.info("%s: %d texts scored", part.dataset, len(part.ids))
    (output / "scores.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_table(pa.Table.from_pylist(resamples), output / "resamples.parquet")
    terms = score_terms(settings, inputs, predictions)
    (output / "terms.json").write_text(json.dumps(terms, indent=1) + "\n", encoding="utf-8")
    counts.write(output)
    facts: dict[str, Any] = {"test_texts": {part.dataset: len(part.ids) for part in test}}
    facts |= {"without_probabilities": left_out} if left_out else {}
    for (metric, reason), times in sorted(failures.items()):
        facts.setdefault("failures", {}).setdefault(metric, {})[reason] = times
    return facts | ({"without_written_text": unwritten} if unwritten else {})


def _reads(metric: str) -> str:
    reads: str = plugins.constant("stages.evaluate.metrics", metric, "READS", "answers")
    return reads


def _writes(parts: list[PredictedExamples]) -> bool:
    """Tell whether texts are to be written, and every seed wrote some."""
    return all(part.standard and part.written.keys() == part.predicted.keys() for part in parts)


def _score(
    settings: Evaluate,
    part: PredictedExamples,
    metric: str,
    predictions: Predictions,
    probabilities: dict[tuple[str, str], list[np.ndarray]],
    table: CountsTable,
    data: TaskData | None,
    models: dict[str, Path],
    failures: Counter[tuple[str, str]],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    module = import_module(f"alambic.stages.evaluate.metrics.{metric}")
    digest = digest_of(part.ids, part.units)
    if _reads(metric) == "scores":
        given = {seed: probabilities[part.dataset, seed] for seed in part.predicted}
        scores = {seed: module.score(part.gold, values, predictions.labels) for seed, values in given.items()}
    elif _reads(metric) == "units":
        places = part.units, part.ids
        scores = {seed: module.score(part.gold, answers, *places) for seed, answers in part.predicted.items()}
    elif _reads(metric) == "spans":
        gold = [entities_of(*pair) for pair in zip(part.gold, part.spans or [None] * len(part.gold), strict=True)]
        found = {seed: [entities_of(tags) for tags in answers] for seed, answers in part.predicted.items()}
        scores = {seed: module.score(gold, entities) for seed, entities in found.items()}
    elif _reads(metric) == "sources" and data is not None:
        sources = Sources(examples_of(part, data), data.train, label_texts=data.label_texts, **models)
        scores = {seed: module.score(part.gold, answers, sources) for seed, answers in part.predicted.items()}
    elif _reads(metric) == "texts":
        scores = {seed: module.score(part.standard, texts) for seed, texts in part.written.items()}
    else:
        scores = {seed: module.score(part.gold, answers) for seed, answers in part.predicted.items()}
    for score in scores.values():
        failures.update({(metric, reason): times for reason, times in score.facts.items()})
    by_examples = plugins.constant("stages.evaluate.metrics", metric, "COMBINES", "sums") == "examples"
    for seed, score in scores.items() if not by_examples else ():  # what no sum holds has no counts of units
        measured = (part.dataset, SPLIT, metric)
        table.add(score.counts, ids=part.ids, units=part.units, seed=seed, measured=measured, labels=score.labels)
    counts = [score.counts for score in scores.values()]
    if by_examples:
        values = resample_examples(counts, module.combine, part.units, resamples=settings.resamples, digest=digest)
    else:
        of_units = [sum_by_unit(one, part.units) for one in counts]
        values = resample(of_units, module.combine, resamples=settings.resamples, digest=digest)
    together = over_seeds(values, digest=digest)
    drawn = {seed: row for seed, row in zip(scores, values, strict=True) if seed != ALL}
    means = {seed: score.value for seed, score in scores.items()}
    means[ALL] = float(np.mean(list(means.values())))
    first = next(iter(scores.values())).signature
    drawn_whole = "resampled=units" if any(part.units) else ""
    how = f"interval=bootstrap:{settings.resamples}:{settings.confidence}"
    signature = "|".join(text for text in (first, predictions.rules, drawn_whole, how) if text)
    measure = {"dataset": part.dataset, "split": SPLIT, "metric": metric}
    rows = []
    for seed, sampled in {**drawn, ALL: together}.items():
        low, high = interval(sampled, confidence=settings.confidence)
        rows.append({**measure, "signature": signature, "value": means[seed], "low": low, "high": high, "seed": seed})
    return rows, {**measure, "values": together.tolist(), "ids_digest": digest}
