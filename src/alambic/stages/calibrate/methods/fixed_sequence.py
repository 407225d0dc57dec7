"""A threshold whose risk is guaranteed: fixed-sequence testing with the exact binomial tail.

Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021, arXiv 2110.01052): for each threshold the hypothesis
that its risk is above `most` is tested; k errors among n units that are taken have the p-value P(Binomial(n, most) <=
k). Thresholds are tested in an order that comes from the scores alone, and the first that is not rejected ends it: with
a fixed order each test may be at the full level (their section 2.3).

Where the sequence begins decides how much is found. The strictest thresholds take too few units to be rejected, and a
few sure errors among the first would end it. It begins where the scores, taken as probabilities, promise the strongest
evidence: the largest (most - risk) * sqrt(units). Were they no probabilities, that place may be wrong, so that a fifth
of the level goes to a sequence from a strict threshold, of `start` times ln(1/delta)/most units, down to there; once
that one is rejected throughout, its level is added to the other (fallback procedure, Wiens and Dmitrienko 2005).
"""

import math
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import binom

STRICT = 0.2  # of the level: for the thresholds above the place with the strongest evidence


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
    p_values = binom.cdf(wrong[taken - 1], taken, most)
    promised = np.cumsum(1 - falling)[taken - 1] / taken
    begin = int(np.argmax((most - promised) * np.sqrt(taken)))
    strict = _rejected(p_values[:begin], STRICT * delta)
    lax = _rejected(p_values[begin:], delta if strict == begin else (1 - STRICT) * delta)
    passed = begin + lax if lax else strict
    return float(falling[taken[passed - 1] - 1]) if passed else None


def _rejected(p_values: np.ndarray, level: float) -> int:
    """Count the hypotheses that are rejected before the first that is not."""
    rejected = p_values <= level
    return len(rejected) if rejected.all() else int(np.argmin(rejected))
