"""What is automated at each risk: the threshold, what it takes of the test units, and of each group."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta

from alambic.statistics.resampled_guarantee import Choose, resample_guarantee


@dataclass(frozen=True)
class Judged:
    """Units with a confidence: (units,) each."""

    confidence: np.ndarray
    right: np.ndarray
    groups: np.ndarray

    def where(self, chosen: np.ndarray) -> "Judged":
        """Keep those that are chosen."""
        return Judged(self.confidence[chosen], self.right[chosen], self.groups[chosen])

    def __len__(self) -> int:
        """Count them."""
        return len(self.confidence)


def outcome(threshold: float | None, test: Judged, *, level: float) -> dict[str, Any]:
    """Count what a threshold takes of test units, and how many of these are wrong.

    `upper` is the one-sided Clopper-Pearson bound of the risk at `level`; null where nothing is taken.
    """
    taken = np.zeros(len(test), dtype=bool) if threshold is None else test.confidence >= threshold
    number, wrong = int(taken.sum()), int((taken & ~test.right).sum())
    upper = None if not number else 1.0 if wrong == number else float(beta.ppf(level, wrong + 1, number - wrong))
    return {
        "units": len(test),
        "automated": number,
        "wrong": wrong,
        "coverage": number / len(test) if len(test) else 0.0,
        "risk": wrong / number if number else None,
        "upper": upper,
    }


def decide(
    choose: Callable[[float], Choose],
    calibration: Judged,
    test: Judged,
    *,
    alpha: float,
    level: float,
    minutes: float,
    fewest: int,
) -> dict[str, Any]:
    """Choose the threshold of one risk, for all units and for each group; say what it takes of the test units.

    `choose` gives the method at a risk; `fewest` is the number of calibration units that a guarantee needs.
    """
    threshold = choose(alpha)(calibration.confidence, calibration.right)
    found = outcome(threshold, test, level=level)
    names = sorted({name for name in (*calibration.groups, *test.groups) if name})
    return {
        "alpha": alpha,
        "threshold": threshold,
        **found,
        "hours_per_1000": 1000 * found["coverage"] * minutes / 60,
        "needed": fewest,
        "groups": [
            _group(name, threshold, choose(alpha), calibration, test, level=level, fewest=fewest) for name in names
        ],
    }


def _group(
    name: str, common: float | None, choose: Choose, calibration: Judged, test: Judged, *, level: float, fewest: int
) -> dict[str, Any]:
    """Say what the common threshold takes of a group, and what a guarantee of the group's own would take."""
    of_calibration, of_test = (part.where(part.groups == name) for part in (calibration, test))
    enough = len(of_calibration) >= fewest
    own = choose(of_calibration.confidence, of_calibration.right) if enough else None
    alone = outcome(own, of_test, level=level)
    return {
        "group": name,
        "calibration_units": len(of_calibration),
        **outcome(common, of_test, level=level),
        "own_threshold": own,
        "own_coverage": alone["coverage"],
        "own_risk": alone["risk"],
        "excluded": "" if own is not None else "too_risky" if enough else "too_few",
    }


def fewest_units(alpha: float, delta: float, *, start: float) -> int:
    """Give the number of calibration units below which no method guarantees a risk.

    ln(delta)/ln(1 - alpha) units without an error are the least of all; a sequence begins at `start` times as many.
    """
    return max(math.ceil(start * math.log(1 / delta) / alpha), math.ceil(math.log(delta) / math.log(1 - alpha)))


def checked(choose: Choose, pool: Judged, *, alpha: float, units: int, resamples: int, seed: int) -> dict[str, Any]:
    """Calibrate many times on units drawn from `pool`, and say how often the risk was above what is allowed."""
    drawn = resample_guarantee(
        pool.confidence, pool.right, choose, most=alpha, units=units, resamples=resamples, seed=seed
    )
    return {
        "alpha": alpha,
        "exceeded": drawn.exceeded,
        "coverage": drawn.mean_coverage,
        "risk": drawn.mean_risk,
        "nothing": drawn.nothing,
        "oracle": drawn.oracle,
    }
