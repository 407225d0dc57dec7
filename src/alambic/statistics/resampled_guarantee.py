"""How often a guarantee holds: calibrate many times on units drawn anew, and look at the risk that comes of it.

The units at hand stand for the population: calibration sets are drawn from them with replacement, so that the risk of a
threshold is known without error, as that of all of them. A part set apart for a test would add its own noise, and even
a threshold of exactly the allowed risk would seem too high every other time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alambic.statistics.selective_risk import risk_coverage

# From the confidence of units (n,) and whether each is right (n,): a threshold; None: nothing can be guaranteed.
Choose = Callable[[np.ndarray, np.ndarray], float | None]


@dataclass(frozen=True)
class Resampled:
    """What came of each calibration set."""

    risk: np.ndarray  # (resamples,) of all units that the threshold takes
    coverage: np.ndarray  # (resamples,)
    most: float  # the risk that is allowed
    oracle: float  # the largest coverage of a threshold that keeps to it

    @property
    def exceeded(self) -> float:
        """The share of calibration sets whose threshold has a risk above what is allowed."""
        return float(np.mean(self.risk > self.most + 1e-12))

    @property
    def nothing(self) -> float:
        """The share of calibration sets on which nothing could be guaranteed."""
        return float(np.mean(self.coverage == 0))

    @property
    def mean_coverage(self) -> float:
        """The mean coverage, 0 where nothing was guaranteed."""
        return float(np.mean(self.coverage))

    @property
    def mean_risk(self) -> float:
        """The mean risk of the calibration sets that take anything; 0 where none does."""
        taken = self.coverage > 0
        return float(np.mean(self.risk[taken])) if taken.any() else 0.0


def resample_guarantee(
    confidence: np.ndarray,
    right: np.ndarray,
    choose: Choose,
    *,
    most: float,
    units: int,
    resamples: int,
    seed: int = 0,
) -> Resampled:
    """Draw `resamples` calibration sets of `units` units each, choose a threshold on each, and look it up."""
    population = risk_coverage(confidence, right)
    generator = np.random.Generator(np.random.PCG64(seed))
    thresholds = np.full(resamples, np.nan)
    for number in range(resamples):
        drawn = generator.integers(len(confidence), size=units)
        threshold = choose(confidence[drawn], right[drawn])
        if threshold is not None:
            thresholds[number] = threshold
    # How many points of the curve each threshold takes; NaN sorts behind all, and takes none.
    points = np.searchsorted(-population.thresholds, -thresholds, side="right")
    points[np.isnan(thresholds)] = 0
    coverage, risk = (np.append(0.0, values)[points] for values in (population.coverage, population.risk))
    return Resampled(risk, coverage, most, population.largest_coverage(most))
