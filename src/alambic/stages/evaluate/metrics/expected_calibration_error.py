"""How far probabilities are from the share that is right among answers of alike probability, 0 at best.

The mean distance over 15 bins of equal width, each weighed by its answers (Guo et al. 2017, On Calibration of Modern
Neural Networks). Of one label among several, and of the tags of words, it is that of the likeliest; of several labels
for a text, that of each label.
"""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._probabilities import indicators, one_choice, read_rows
from alambic.stages.evaluate.metrics._score import Score, ratio

READS = "scores"
BETTER = "lower"

BINS = 15


def score(gold: Sequence[str | Collection[str]], scores: Sequence[np.ndarray], labels: Sequence[str]) -> Score:
    """Compare the probabilities (rows, labels) of each example; counts are (answers, probability, right) by bin."""
    likeliest = one_choice(gold, labels)
    counts = np.zeros((len(gold), BINS, 3))
    for number, (answer, given) in enumerate(zip(gold, scores, strict=True)):
        counted = read_rows(given)
        right, probability = indicators(answer, len(given), labels)[counted], given[counted].astype(np.float64)
        if likeliest:
            best = probability.argmax(axis=1, keepdims=True)
            right, probability = (np.take_along_axis(each, best, axis=1) for each in (right, probability))
        bins = np.minimum((probability.ravel() * BINS).astype(int), BINS - 1)
        for column, values in enumerate((np.ones(bins.size), probability.ravel(), right.ravel())):
            counts[number, :, column] = np.bincount(bins, values, minlength=BINS)
    flat = counts.reshape(len(gold), -1)
    kind = "likeliest" if likeliest else "each_label"
    signature = f"expected_calibration_error|bins={BINS}|{kind}|better=lower"
    return Score(float(combine(flat.sum(axis=0))), signature, flat)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the error from sums of counts (..., 3 x bins)."""
    each = totals.reshape(*totals.shape[:-1], BINS, 3)
    distance = np.abs(each[..., 1] - each[..., 2]).sum(axis=-1)
    return ratio(distance, each[..., 0].sum(axis=-1))
