"""What every metric returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Score:
    """A value, how it was computed, and what it is computed from.

    `counts` is (examples, k): the metric's `combine` of their sum is `value`, so that resampling examples costs one
    matrix product. Where k depends on the labels that occur, `labels` names them: each has an equal block of columns. A
    metric that is no function of sums has the constant `COMBINES = "examples"`: its `combine(counts, weights)` takes
    those of all examples, and how often each counts.
    """

    value: float
    signature: str
    counts: np.ndarray
    labels: tuple[str, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)  # how many answers were not as they should be, by reason


def f1(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of (right, gold, predicted), (..., 3)."""
    return ratio(2 * totals[..., 0], totals[..., 1] + totals[..., 2])


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with 0 for 0 / 0."""
    return np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=np.asarray(denominator) > 0)
