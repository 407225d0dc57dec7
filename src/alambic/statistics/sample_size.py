"""How small a difference a test can see, and how many test units or seeds would decide.

The power is the chance to show a difference that is there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import ndtri

from alambic.statistics.difference import Difference

POWER = 0.8
LEVEL = 0.05  # two-sided
MOST_UNITS = 10_000_000
MOST_SEEDS = 1000


@dataclass(frozen=True)
class Needed:
    """How many test units alone, seeds alone, or both as many times as now, would decide; None where none would."""

    units: int | None = None
    seeds: int | None = None
    times: float | None = None


def detectable(standard_error: float, *, level: float = LEVEL, power: float = POWER) -> float:
    """Give the minimum detectable effect: the difference that a two-sided test shows with this power."""
    return float((ndtri(1 - level / 2) + ndtri(power)) * standard_error)


def needed(found: Difference, *, distance: float, confidence: float, power: float = POWER) -> Needed:
    """Say how many units or seeds a one-sided test needs that is to show a difference of `distance` with this power.

    `distance` is how far the difference is from what is to be excluded, such as value + margin. All is taken to stay
    as it was found: this is an estimate, and no promise.
    """
    if distance <= 0:
        return Needed()

    def decides(of: Difference) -> bool:
        return (of.quantile(confidence) + of.quantile(power)) * of.standard_error <= distance

    seeds = max((number for _, number in found.of_seeds), default=0)
    units_alone = _smallest(lambda n: decides(found.scaled(units=n / found.units)), found.units, MOST_UNITS)
    seeds_alone = _smallest(lambda n: decides(found.scaled(seeds=n / seeds)), seeds, MOST_SEEDS) if seeds else None
    if units_alone is not None or seeds_alone is not None:
        return Needed(units_alone, seeds_alone)
    most = MOST_UNITS // found.units
    both = _smallest(lambda n: decides(found.scaled(units=n / 10, seeds=n / 10)), 10, 10 * most)
    return Needed(times=None if both is None else both / 10)


def _smallest(decides: Callable[[int], bool], low: int, most: int) -> int | None:
    """Find the smallest number from `low` to `most` that decides, where every larger one does too."""
    high = max(1, low)
    while not decides(high):
        if high >= most:
            return None
        low, high = high + 1, min(2 * high, most)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle + 1, high)
    return high
