"""A threshold whose risk is guaranteed: fixed-sequence testing with the exact binomial tail.

Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021, arXiv 2110.01052): for each threshold the hypothesis
that its risk is above `most` is tested; k errors among n units that are taken have the p-value P(Binomial(n, most) <=
k). Thresholds are tested from a strict one down, and the first that is not rejected ends it: with a fixed order each
test may be at the full level (their section 2.3). The order comes from the scores alone.

The strictest thresholds take too few units to be rejected with any number of errors, and would end the sequence at
once. It begins where `start` times ln(1/delta)/most units are taken, twice about what no error at all would need.
"""

import math
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import binom


def choose(
    confidence: np.ndarray,
    right: np.ndarray,
    most: float,
    delta: float,
    *,
    start: Annotated[float, Field(ge=1, le=100)] = 2.0,
    steps: Annotated[int, Field(ge=2, le=10_000)] = 400,
) -> float | None:
    """Give the lowest threshold that is guaranteed; None where there is none.

    With a probability of at least 1 - delta over calibration units (n,), those at or above it are wrong with a
    probability of at most `most`.
    """
    first = math.ceil(start * math.log(1 / delta) / most)
    if first > len(confidence):
        return None
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    wrong = np.cumsum(~right.astype(bool)[order])
    places = np.unique(np.linspace(first, len(falling), steps).round().astype(int)) - 1
    taken = np.unique(np.searchsorted(-falling, -falling[places], side="right"))  # what ties with it is taken too
    rejected = binom.cdf(wrong[taken - 1], taken, most) <= delta
    passed = len(taken) if rejected.all() else int(np.argmin(rejected))
    return float(falling[taken[passed - 1] - 1]) if passed else None
