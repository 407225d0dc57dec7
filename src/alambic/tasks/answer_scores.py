"""The score of answers that a model has just given, by a metric that reads answers, probabilities or entities."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from alambic.tasks.examples import Answer, Example
from alambic.tasks.group_scores import METRICS, reads_of
from alambic.tasks.head import Head, Prediction
from alambic.tasks.iob2 import entities_of


def score_of(
    metric: str,
    examples: Sequence[Example],
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    head: Head[Any],
) -> float:
    """Score a model on some texts: `answers` are those of `predictions` in the form that counts."""
    read = _read_by(metric, examples, answers, predictions, head)
    return float(import_module(f"alambic.{METRICS}.{metric}").score(*read).value)


def _read_by(
    metric: str,
    examples: Sequence[Example],
    answers: Sequence[Answer],
    predictions: Sequence[Prediction],
    head: Head[Any],
) -> tuple[Any, ...]:
    """Give what a metric reads: right answers and those of a model, probabilities, or entities that may nest."""
    reads = reads_of(metric)
    if reads == "scores":
        return [one.gold for one in examples], [one.scores for one in predictions], head.labels
    if reads == "spans":
        return [entities_of(one.gold, one.spans) for one in examples], [entities_of(answer) for answer in answers]
    if reads == "units":
        return [one.gold for one in examples], answers, [one.unit for one in examples], [one.id for one in examples]
    return [one.gold for one in examples], answers
