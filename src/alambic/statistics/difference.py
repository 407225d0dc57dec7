"""The difference between two systems on the same test units, and how much of its variance comes from what.

Three things were sampled: the units, the seeds of the one, the seeds of the other. The variance of the difference is
the sum of theirs; its degrees of freedom are those of Satterthwaite (1946), so that three seeds count as three and not
as many as there are units. What the units add is the jackknife's (Efron and Stein 1981), which is never too small on
average, and takes units of unequal size as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import stdtr, stdtrit

from alambic.statistics.bootstrap import Combine

FEW = 30  # units on which two systems differ: the spread of fewer is no guide
FEWEST = 5  # of fewer, not even the size of a difference on one unit is
SMALLEST = 1e-12  # below it a variance is rounding
AT_ONCE = 2**24  # numbers of one matrix of the jackknife


@dataclass(frozen=True)
class System:
    """Counts (units, k) of each training of a system, and of each seed from which that training was fine-tuned.

    A student that is fine-tuned from three seeds has three trainings of one seed each. One that is also distilled from
    several seeds has a training per distillation. A system without seeds, such as the dictionary, is `fixed`.
    """

    trainings: Sequence[Sequence[np.ndarray]]
    fixed: bool = False

    @classmethod
    def of_seeds(cls, seeds: Sequence[np.ndarray], *, fixed: bool = False) -> Self:
        """Make one that is fine-tuned from several seeds."""
        return cls([[counts] for counts in seeds], fixed=fixed)

    def values(self, combine: Combine) -> np.ndarray:
        """Give the score of each training: (trainings,)."""
        return np.array([np.mean([combine(counts.sum(axis=0)) for counts in seeds]) for seeds in self.trainings])

    def weighted(self) -> list[tuple[float, np.ndarray]]:
        """List each seed's counts with its share of the mean."""
        trainings = self.trainings
        return [(1 / len(trainings) / len(seeds), counts) for seeds in trainings for counts in seeds]


@dataclass(frozen=True)
class Difference:
    """An estimated difference, with the variance of each thing that was sampled.

    `of_units` is the variance of the mean over `units`; `of_seeds` holds, of each system that has several trainings,
    (variance of the mean over them, their number). Where the two differ on few units alone, `atom` is how much a unit
    adds to the difference where it adds anything, and `gains` and `losses` are what such units add to the mean square,
    by their sign; atom 0 where they differ on many. `differing` is on how many they differ, None where that is not
    known. `limit` is the largest difference that there can be, such as 1 between two shares.
    """

    value: float
    units: int
    of_units: float
    of_seeds: tuple[tuple[float, int], ...] = ()
    atom: float = 0.0
    gains: float = 0.0
    losses: float = 0.0
    differing: int | None = None
    limit: float = np.inf

    @property
    def variance(self) -> float:
        """The sum of all variances."""
        return self.of_units + sum(variance for variance, _ in self.of_seeds)

    @property
    def standard_error(self) -> float:
        """The root of the variance."""
        return float(np.sqrt(self.variance))

    def quantile(self, level: float) -> float:
        """Give Student's quantile at the degrees of freedom of all variances together."""
        return float(stdtrit(_freedom(self.of_units, self.units, self.of_seeds), level))

    @property
    def p(self) -> float:
        """The two-sided p-value of the difference being 0, by Student's t."""
        if self.standard_error == 0:
            return 1.0 if self.value == 0 else 0.0
        freedom = _freedom(self.of_units, self.units, self.of_seeds)
        return float(2 * stdtr(freedom, -abs(self.value) / self.standard_error))

    def lower(self, confidence: float) -> float:
        """Give the lower bound of the one-sided interval.

        The bound is that of Student's t; where the two differ on few units, a lower one if need be. The spread that
        was seen is then no guide: what is taken is the spread that a loss of that size must have, as in the score test
        of Tango (1998). Of two systems that agree on all of 50 answers, a loss of 5 % is not excluded.
        """
        quantile = self.quantile(confidence)
        bound = self.value - quantile * self.standard_error
        bound = min(bound, -self._largest_loss(quantile)) if self.atom else bound
        return max(-self.limit, bound)

    def upper(self, confidence: float) -> float:
        """Give the upper bound of the one-sided interval."""
        return -self.turned().lower(confidence)

    def turned(self) -> Self:
        """Give the difference of the second and the first."""
        return replace(self, value=-self.value, gains=self.losses, losses=self.gains)

    def scaled(self, *, units: float = 1.0, seeds: float = 1.0) -> Self:
        """Say what the variance would be of so many times as many units and seeds, all else alike."""
        of_seeds = tuple((variance / seeds, round(number * seeds)) for variance, number in self.of_seeds)
        differing = None if self.differing is None else self.differing * units
        atom = self.atom if differing is None or differing < FEW else 0.0
        of_units = (self.of_units - (self.atom / self.units) ** 2) / units + (atom / (self.units * units)) ** 2
        return replace(
            self,
            units=round(self.units * units),
            of_units=of_units,
            of_seeds=of_seeds,
            atom=atom,
            differing=None if differing is None else round(differing),
        )

    def _largest_loss(self, quantile: float) -> float:
        """Give the larger root m of (value + m)^2 = t^2 (variance of seeds + (2 gains + atom m - m^2) / units).

        As many units lose as gain, and beyond them a share m / atom; each of them by an atom.
        """
        fixed = sum(variance for variance, _ in self.of_seeds) + 2 * self.gains / self.units
        square = 1 + quantile**2 / self.units
        half = self.value - quantile**2 * self.atom / (2 * self.units)
        discriminant = half**2 - square * (self.value**2 - quantile**2 * fixed)
        if discriminant < 0:
            return -np.inf
        return float((np.sqrt(discriminant) - half) / square)


def difference(first: System, second: System, combine: Combine, *, limit: float = np.inf) -> Difference:
    """Estimate `first` - `second`, which were scored on the same units, and its variance; none is beyond `limit`.

    ValueError for fewer than two units, of which no variance is known.
    """
    units = len(first.trainings[0][0])
    if units < 2:
        raise ValueError(f"{units} test unit: of fewer than two no variance is known")
    values = first.values(combine), second.values(combine)
    value = float(values[0].mean() - values[1].mean())
    influence = np.zeros(units)
    for sign, system in ((1, first), (-1, second)):
        for share, counts in system.weighted():
            influence += sign * share * influences(counts, combine)
    effect = np.where(differing_units(first, second), influence + value, 0.0)
    atom = _atom(effect)
    of_units = float(influence @ influence / (units * (units - 1)) + (atom / units) ** 2)
    several = [
        (v, system) for v, system in zip(values, (first, second), strict=True) if not system.fixed and len(v) > 1
    ]
    of_seeds = tuple((float(v.var(ddof=1) / len(v)), len(v)) for v, _ in several)
    gains, losses = (float((part**2).mean()) for part in (np.maximum(effect, 0), np.minimum(effect, 0)))
    differing = int((np.abs(effect) > SMALLEST).sum())
    return Difference(value, units, of_units, of_seeds, atom, gains, losses, differing, limit)


def influences(counts: np.ndarray, combine: Combine) -> np.ndarray:
    """Give what each unit adds to a score, by leaving it out: (units,), of mean 0; of a mean, x - mean(x)."""
    totals, units = counts.sum(axis=0), len(counts)
    rows = max(1, AT_ONCE // max(1, counts.shape[1]))
    parts = [combine(totals - counts[start : start + rows]) for start in range(0, units, rows)]
    without = np.concatenate(parts)
    return (units - 1) * (without.mean() - without)


def differing_units(first: System, second: System) -> np.ndarray:
    """Tell on which units any seed of the one has other counts than any of the other: (units,)."""
    one, *others = [counts for system in (first, second) for _, counts in system.weighted()]
    differ = np.zeros(len(one), dtype=bool)
    for other in others:
        differ |= (one != other).any(axis=1)
    return differ


def _atom(effect: np.ndarray) -> float:
    """Give the size of a unit's effect, larger ones weighing more, where few have any; 0 where many have."""
    sizes = np.abs(effect)
    shown = int((sizes > SMALLEST).sum())
    if shown >= FEW:
        return 0.0
    atom = float((sizes**2).sum() / sizes.sum()) if shown else 0.0
    return max(1.0, atom) if shown < FEWEST else atom


def _freedom(of_units: float, units: int, of_seeds: Sequence[tuple[float, int]]) -> float:
    """Give the degrees of freedom of a sum of variances (Satterthwaite 1946)."""
    parts = [(of_units, units), *of_seeds]
    total = sum(variance for variance, _ in parts)
    if total < SMALLEST:
        return units - 1.0
    return total**2 / sum(variance**2 / max(1, number - 1) for variance, number in parts)
