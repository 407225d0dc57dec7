"""What becomes of a threshold where units are no longer those that it was calibrated on: the next year, noisy texts."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from alambic.stages.calibrate.decisions import Judged, outcome
from alambic.statistics.resampled_guarantee import Choose
from alambic.statistics.risk_monitor import first_alarm, wealth


def from_period_to_next(
    units: Judged, periods: Sequence[str], choose: Choose, *, alpha: float, level: float
) -> list[dict[str, Any]]:
    """Calibrate on the units of each period, and look at those of the next; none where there is one period alone."""
    of = np.array(periods, dtype=object)
    rows = []
    for before, after in pairwise(sorted({period for period in periods if period})):
        calibration, test = units.where(of == before), units.where(of == after)
        threshold = choose(calibration.confidence, calibration.right)
        at_home = outcome(threshold, calibration, level=level)
        rows.append(
            {
                "from": before,
                "to": after,
                "calibration_units": len(calibration),
                "threshold": threshold,
                "coverage_before": at_home["coverage"],
                **watched(threshold, test, alpha=alpha, level=level),
            }
        )
    return rows


def watched(threshold: float | None, test: Judged, *, alpha: float, level: float) -> dict[str, Any]:
    """Say what a threshold takes, and after how many automated units a monitor of their risk has its alarm, if ever.

    The alarm is false with a probability of at most 1 - level.
    """
    found = outcome(threshold, test, level=level)
    if threshold is None:
        return {**found, "alarm_after": None, "highest_wealth": 1.0}
    wrong = ~test.right[test.confidence >= threshold]
    of_units = wealth(wrong, most=alpha) if len(wrong) else np.ones(1)
    alarm = first_alarm(of_units, level=1 - level)
    return {
        **found,
        "alarm_after": None if alarm is None else alarm + 1,
        "highest_wealth": float(of_units.max()),
    }
