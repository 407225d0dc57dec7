"""What every metric returns, and how its values on resamples come from it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from alambic import plugins

FOLDER = "stages.evaluate.metrics"
# Values (resamples,) from the counts of examples (examples, k) and how often each was drawn (resamples, examples).
OfDrawn = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Score:
    """A value, how it was computed, and what it is computed from.

    `counts` is (examples, k): the metric's `combine` of their sum is `value`, so that resampling examples costs one
    matrix product. A metric that is no function of sums has the constant `COMBINES = "examples"`: its
    `combine(counts, weights)` takes the examples themselves, and how often each counts.
    """

    value: float
    signature: str
    counts: np.ndarray


def on_drawn(metric: str) -> OfDrawn:
    """Give the function that computes `metric` on resamples, from counts and weights."""
    combine = import_module(f"alambic.{FOLDER}.{metric}").combine
    if plugins.constant(FOLDER, metric, "COMBINES", "sums") == "examples":
        of_examples: OfDrawn = combine
        return of_examples

    def of_sums(counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        values: np.ndarray = combine(weights.astype(counts.dtype) @ counts)
        return values

    return of_sums


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with 0 for 0 / 0."""
    return np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=np.asarray(denominator) > 0)
