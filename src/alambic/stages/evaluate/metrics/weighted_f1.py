"""F1 of one label per text, each label weighted by how often it is right: DrBenchmark's score for classification."""

from collections.abc import Sequence

import numpy as np
import sklearn
from sklearn.metrics import f1_score

from alambic.stages.evaluate.metrics._labels import f1_by_label, label_counts, occurring
from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare one label per example; counts are (right, gold, predicted) of each label that occurs, side by side."""
    ours, theirs = [{label} for label in gold], [{label} for label in predicted]
    labels = occurring(ours, theirs)
    value = float(f1_score(gold, predicted, labels=labels, average="weighted", zero_division=0))
    signature = f"weighted_f1|sklearn:{sklearn.__version__}|labels=gold+predicted|zero_division=0"
    return Score(value, signature, label_counts(ours, theirs, labels).reshape(len(gold), -1), tuple(labels))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute weighted F1 from sums of counts (..., 3 x labels)."""
    scores, gold_and_predicted = f1_by_label(totals)
    gold = gold_and_predicted[..., 0]
    return ratio((scores * gold).sum(axis=-1), gold.sum(axis=-1))
