"""Mean over labels of F1: rare labels weigh as much as common ones."""

from collections.abc import Sequence

import numpy as np
import sklearn
from sklearn.metrics import f1_score

from alambic.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare one label per example; counts are (right, gold, predicted) of each label that occurs, side by side."""
    labels = sorted({*gold, *predicted})
    number = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(gold), len(labels), 3))
    for row, (one, other) in enumerate(zip(gold, predicted, strict=True)):
        counts[row, number[one], 1] += 1
        counts[row, number[other], 2] += 1
        counts[row, number[one], 0] += one == other
    value = float(f1_score(gold, predicted, labels=labels, average="macro", zero_division=0))
    signature = f"macro_f1|sklearn:{sklearn.__version__}|labels=gold+predicted|zero_division=0"
    return Score(value, signature, counts.reshape(len(gold), -1))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute macro F1 from sums of counts (..., 3 x labels), over the labels that occur in them."""
    each = totals.reshape(*totals.shape[:-1], -1, 3)
    occurring = (each[..., 1] + each[..., 2]) > 0
    scores = ratio(2 * each[..., 0], each[..., 1] + each[..., 2])
    return ratio(scores.sum(axis=-1), occurring.sum(axis=-1))
