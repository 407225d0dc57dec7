"""How small a difference a test can see, and how many test units or seeds would decide.

The power is the chance to show a difference that is there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv, ndtri

from alambic.statistics.difference import FEWEST, Difference

POWER = 0.8
LEVEL = 0.05  # two-sided
MOST_UNITS = 10_000_000
MOST_SEEDS = 1000


@dataclass(frozen=True)
class Needed:
    """How many test units alone, seeds alone, or both as many times as now, would decide; None where none would.

    Where the two differ on so few units that their spread is not known, it is `unknown`.
    """

    units: int | None = None
    seeds: int | None = None
    times: float | None = None
    unknown: bool = False


def detectable(found: Difference, *, level: float = LEVEL, power: float = POWER) -> float | None:
    """Give the minimum detectable effect: the difference that a two-sided test at this level shows with this power.

    It is (z + z) standard errors. Where the two differ on few units, it is no less than what an exact test needs: of d
    units that all favour one side its p-value is 2^(1 - d), and so many of them must be met with this chance.
    None where not even the largest difference that there can be would be shown.
    """
    effect = float((ndtri(1 - level / 2) + ndtri(power)) * found.standard_error)
    if found.atom:
        fewest = np.ceil(1 + np.log2(1 / level))
        share = float(betaincinv(fewest, found.units - fewest + 1, power)) if fewest <= found.units else 1.0
        effect = max(effect, share * found.atom)
    return effect if effect < found.limit else None


def rule_of_three(units: int, *, confidence: float = 0.95) -> float:
    """Give the share of units that may differ where none of so many did: nearly 3 / units (Hanley 1983).

    >>> round(rule_of_three(300), 4)
    0.0099
    """
    return float(1 - (1 - confidence) ** (1 / units))


def needed(found: Difference, *, margin: float, confidence: float, power: float = POWER) -> Needed:
    """Say how many units or seeds show with this power that the difference is above -margin, by its lower bound.

    All is taken to stay as it was found: this is an estimate, and no promise.
    """
    if found.value + margin <= 0:
        return Needed()
    if found.differing is not None and found.differing < FEWEST:
        return Needed(unknown=True)

    def decides(of: Difference) -> bool:
        unlucky = replace(of, value=of.value - of.quantile(power) * of.standard_error)
        return unlucky.lower(confidence) > -margin

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
