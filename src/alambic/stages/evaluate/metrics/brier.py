"""Brier score: the squared distance between the probabilities and what is right, 0 at best.

Of one label among several, and of the tags of words, the sum over labels (0 to 2, Brier 1950); of several labels for a
text, the mean over labels (0 to 1). Mean over texts, or words.
"""

from collections.abc import Collection, Sequence

import numpy as np
import sklearn
from sklearn.metrics import mean_squared_error

from alambic.stages.evaluate.metrics._probabilities import indicators, one_choice, read_rows
from alambic.stages.evaluate.metrics._score import Score, ratio

READS = "scores"
BETTER = "lower"


def score(gold: Sequence[str | Collection[str]], scores: Sequence[np.ndarray], labels: Sequence[str]) -> Score:
    """Compare the probabilities (rows, labels) of each example; counts are (squared distances, rows)."""
    weight = len(labels) if one_choice(gold, labels) else 1
    counts, ours, theirs = np.zeros((len(gold), 2)), [], []
    for number, (answer, given) in enumerate(zip(gold, scores, strict=True)):
        counted = read_rows(given)
        right = indicators(answer, len(given), labels)[counted]
        counts[number] = weight * ((given[counted] - right) ** 2).mean(axis=1).sum(), counted.sum()
        ours.append(right)
        theirs.append(given[counted])
    value = weight * float(mean_squared_error(np.concatenate(ours), np.concatenate(theirs).astype(np.float64)))
    kind = "sum_over_labels" if weight > 1 else "mean_over_labels"
    return Score(value, f"brier|sklearn:{sklearn.__version__}|{kind}|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
