"""EDRM, the accuracy of DEFT's challenge on similarity: how near each number is, of how far off it could be.

Of one example it is 1 - |gold - predicted| / dmax, where dmax is the distance from the prediction to the farther end of
the scale from 0 to 5; a prediction outside the scale counts 0 (Cardon et al. 2020, DEFT 2020; so does DrBenchmark).
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._numbers import numbers
from alambic.stages.evaluate.metrics._score import Score, ratio

HIGHEST = 5.0


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare one number per example; counts are (nearness, 1)."""
    right, given = numbers(gold), numbers(predicted)
    inside = (given >= 0) & (given <= HIGHEST)
    farthest = np.maximum(given, HIGHEST - given)
    near = np.where(inside, 1 - np.abs(right - given) / np.where(inside, farthest, 1), 0.0)
    return Score(float(near.mean()), "edrm|scale=0..5|outside=0", np.stack([near, np.ones_like(near)], axis=1))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean nearness from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
