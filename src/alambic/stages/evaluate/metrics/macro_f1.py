"""Mean over labels of F1: rare labels weigh as much as common ones."""

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
    value = float(f1_score(gold, predicted, labels=labels, average="macro", zero_division=0))
    signature = f"macro_f1|sklearn:{sklearn.__version__}|labels=gold+predicted|zero_division=0"
    return Score(value, signature, label_counts(ours, theirs, labels).reshape(len(gold), -1), tuple(labels))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute macro F1 from sums of counts (..., 3 x labels), over the labels that occur in them."""
    scores, gold_and_predicted = f1_by_label(totals)
    return ratio(scores.sum(axis=-1), (gold_and_predicted.sum(axis=-1) > 0).sum(axis=-1))
