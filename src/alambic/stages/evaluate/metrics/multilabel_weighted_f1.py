"""F1 of several labels per document, each label weighted by how often it is right: DrBenchmark's score for MORFITT."""

from collections.abc import Collection, Sequence

import numpy as np
import sklearn
from sklearn.metrics import f1_score

from alambic.stages.evaluate.metrics._labels import f1_by_label, indicators, label_counts, occurring
from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[Collection[str]], predicted: Sequence[Collection[str]]) -> Score:
    """Compare the labels of each document; counts are (right, gold, predicted) of each label, side by side."""
    labels = occurring(gold, predicted)
    ours, theirs = indicators(gold, labels), indicators(predicted, labels)
    value = float(f1_score(ours, theirs, average="weighted", zero_division=0))
    signature = f"multilabel_weighted_f1|sklearn:{sklearn.__version__}|average=weighted|zero_division=0"
    return Score(value, signature, label_counts(gold, predicted, labels).reshape(len(gold), -1), tuple(labels))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute weighted F1 from sums of counts (..., 3 x labels)."""
    scores, gold_and_predicted = f1_by_label(totals)
    gold = gold_and_predicted[..., 0]
    return ratio((scores * gold).sum(axis=-1), gold.sum(axis=-1))
