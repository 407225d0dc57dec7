"""Scores by group of the examples of a task, from the predictions of a model: no model is run for them."""

from collections.abc import Sequence
from importlib import import_module

import numpy as np

from alambic import plugins
from alambic.data.predictions import PredictedExamples
from alambic.statistics.groups import ByGroup, Counted, grouped, score_by_group
from alambic.tasks.unit_names import unit_of

METRICS = "stages.evaluate.metrics"  # the folder of plug-ins, each loaded by its name


def metric_of_answers(metrics: Sequence[str]) -> str:
    """Choose the first metric that compares answers: one that reads probabilities needs more than predictions."""
    return next((name for name in metrics if reads_of(name) == "answers"), "")


def reads_of(metric: str) -> str:
    """Tell what a metric reads: `answers`, `scores`, `sources`, `spans`, `texts` or `units`."""
    reads: str = plugins.constant(METRICS, metric, "READS", "answers")
    return reads


def counted(part: PredictedExamples, metric: str) -> Counted:
    """Compute what a metric counts in each example; labels are those of all seeds together."""
    module = import_module(f"alambic.{METRICS}.{metric}")
    seeds = len(part.predicted)
    given = [answer for answers in part.predicted.values() for answer in answers]
    counts = module.score(part.gold * seeds, given).counts
    return Counted(np.asarray(counts, dtype=float).reshape(seeds, len(part.ids), -1), module.combine)


def units_of(part: PredictedExamples) -> list[str]:
    """Give what a resample draws whole: the unit of each example, itself where it has none."""
    return [unit_of(unit, name) for unit, name in zip(part.units, part.ids, strict=True)]


def score_groups(part: PredictedExamples, metric: str, *, resamples: int, confidence: float) -> list[ByGroup]:
    """Score the groups by each attribute that some examples have; attributes that make no groups are left out."""
    counts, units = counted(part, metric), units_of(part)
    names = dict.fromkeys(name for attributes in part.attributes for name in attributes)
    scored = []
    for name in names:
        values = grouped([attributes.get(name, "") for attributes in part.attributes])
        by_group = score_by_group(counts, units, name, values, resamples=resamples, confidence=confidence)
        scored += [by_group] if by_group is not None else []
    return scored
