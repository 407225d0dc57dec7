"""Sets for what each risk and each guarantee leaves to persons.

A person sees the units that are not automated, and no others. A looser risk leaves harder ones, so that sets that were
calibrated on what another risk leaves, or on all units, hold the right labels of fewer of them than was asked: sets are
calibrated for each risk and guarantee, on the calibration units that its thresholds leave. The thresholds were chosen
on the same units, which the guarantee of a set does not count with; as each is one number out of hundreds of units, it
moves little, and how often the sets of the middle risk held is counted on test units.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from alambic.settings import Calibrate
from alambic.settings.calibrate import ALL, GROUP, Guarantee
from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.gathered import Gathered
from alambic.stages.calibrate.shown_sets import Shown, set_limits, shown_sets
from alambic.stages.calibrate.units import Units


def sets_for_persons(
    settings: Calibrate, gathered: Gathered, confidence: Confidence, risks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Calibrate what a person is shown; `sets` are those of the middle risk for all groups together, on test units.

    `set_limits` has those of each risk, written as `f"{alpha:g}"`, and guarantee.
    """
    if not all(part.candidates for part, _ in gathered.examples):
        return _result(settings, why="no probabilities of labels")
    main = risks[len(risks) // 2]
    level = settings.set_confidence
    calibration, test = gathered.calibration, gathered.test
    sets = shown_sets(
        *(_shown(gathered, units, left(units, confidence, main, ALL)) for units in (calibration, test)),
        confidence=level,
    )
    guarantees: tuple[Guarantee, ...] = (ALL, GROUP) if settings.groups else (ALL,)
    limits = {
        f"{risk['alpha']:g}": {
            guarantee: set_limits(
                _shown(gathered, calibration, left(calibration, confidence, risk, guarantee)), confidence=level
            )
            for guarantee in guarantees
        }
        for risk in risks
    }
    return _result(settings, sets, limits, why="" if sets else "too few examples that are left to persons")


def left(units: Units, confidence: Confidence, risk: Mapping[str, Any], guarantee: Guarantee) -> np.ndarray:
    """Say which units the thresholds of a risk leave to persons: (units,) of true and false."""
    if guarantee == ALL:
        thresholds = np.full(len(units), np.inf if risk["threshold"] is None else risk["threshold"])
    else:
        own = {group["group"]: group["own_threshold"] for group in risk["groups"]}
        of_units = [own.get(group) for group in units.groups]
        thresholds = np.array([np.inf if each is None else each for each in of_units])
    is_left: np.ndarray = confidence.of(units.signals) < thresholds
    return is_left


def _shown(gathered: Gathered, units: Units, chosen: np.ndarray) -> list[Shown]:
    """Give the examples of those of the units that are chosen."""
    group_of = dict(zip(units.names[chosen], units.groups[chosen], strict=True))
    return [
        Shown(part.candidates[place], part.gold[place], group_of[unit])
        for part, names in gathered.examples
        for place, unit in enumerate(names)
        if unit in group_of
    ]


def _result(
    settings: Calibrate,
    sets: Sequence[Mapping[str, Any]] = (),
    limits: Mapping[str, Any] | None = None,
    *,
    why: str,
) -> dict[str, Any]:
    return {
        "sets": list(sets),
        "set_confidence": settings.set_confidence,
        "why_no_sets": why,
        "set_limits": dict(limits or {}),
    }
