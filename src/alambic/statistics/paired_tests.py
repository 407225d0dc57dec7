"""Tests of whether two systems differ on the same units: approximate randomisation, McNemar, Student's t, bootstrap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
from scipy.stats import binomtest, chi2

from alambic.statistics.bootstrap import Combine
from alambic.statistics.difference import Difference, System, differing_units

AT_ONCE = 2**20  # numbers of one matrix of exchanges, (exchanges, units)
ENOUGH = 500  # exchanges that gave as much: p is known to a twentieth of itself, and no more are made
ROUNDING = 1e-12  # two differences that are equal may be computed with this much between them

Pair = tuple[float, np.ndarray, np.ndarray]  # a share of the mean, counts (units, k) of the one and of the other
TestName = Literal["mcnemar", "randomization", "t", "bootstrap"]


@dataclass(frozen=True)
class PairedTest:
    """Whether two systems differ, by exact tests over units; where seeds vary, also by Student's t over both.

    `p` is that of the test `name`, `smallest_p` the smallest that the exact test can give on these units. The two have
    other counts on `differing` units.
    """

    p: float
    name: TestName
    smallest_p: float
    differing: int
    randomization_p: float
    mcnemar_p: float | None = None
    t_p: float | None = None


def paired_test(
    first: System, second: System, combine: Combine, found: Difference, *, permutations: int, digest: str
) -> PairedTest:
    """Test whether two systems differ of which `found` is the difference.

    Over units the test is McNemar's exact one where each unit is one answer of one seed, else approximate
    randomisation. Both take the systems as they were trained. Where trainings from several seeds were drawn, the
    difference must also stand out from the spread between these, by Student's t: p is the larger of the two.
    """
    by_exchange = approximate_randomization(first, second, combine, permutations=permutations, digest=digest)
    counts = [array for system in (first, second) for _, array in system.weighted()]
    by_answers = mcnemar(first, second) if are_right_or_wrong(counts) else None
    differing = int(differing_units(first, second).sum())
    smallest = min(1.0, 2.0 ** (1 - differing))
    if by_answers is not None and _is_one_answer_each(_pairs(first, second)):
        name: TestName = "mcnemar"
        p = by_answers
    else:
        name, p = "randomization", by_exchange
        smallest = smallest if _are_few(differing, permutations) else 1 / (permutations + 1)
    by_seeds = found.p if found.of_seeds else None
    if by_seeds is not None and by_seeds > p:
        name, p = "t", by_seeds
    return PairedTest(p, name, smallest, differing, by_exchange, by_answers, by_seeds)


def two_sided_p(differences: np.ndarray) -> float:
    """Give how often resampling reverses the sign of the difference, on either side; never 0 from a finite sample."""
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1))


def approximate_randomization(
    first: System, second: System, combine: Combine, *, permutations: int, digest: str
) -> float:
    """Give the two-sided p of the difference where it is by chance which system gave which answers (Noreen 1989).

    On each unit the two are exchanged or not, all seeds at once; the difference of the means over seeds is at least as
    large as the one seen in a share p of the draws. Where there are no more exchanges than `permutations`, each is
    made once, and p is exact; else drawing ends early where p is large (Besag and Clifford 1991). Systems of unequal
    numbers of seeds: each seed has its share.
    """
    pairs = _pairs(first, second)
    differ = differing_units(first, second)  # elsewhere an exchange changes nothing
    totals = [(share, a.sum(axis=0), b.sum(axis=0)) for share, a, b in pairs]
    between = np.concatenate([(a - b)[differ] for _, a, b in pairs], axis=1)  # of all seeds, one after the other
    seen = abs(sum(share * float(combine(a) - combine(b)) for share, a, b in totals))
    number = int(differ.sum())
    exact = _are_few(number, permutations)
    made = as_large = 0
    for exchanged in _every(number) if exact else _some(number, permutations, digest):
        of_seeds = np.split(exchanged @ between, len(pairs), axis=1)
        drawn = sum(
            share * (combine(a - moved) - combine(b + moved))
            for (share, a, b), moved in zip(totals, of_seeds, strict=True)
        )
        made += len(exchanged)
        as_large += int((np.abs(drawn) >= seen - ROUNDING).sum())
        if not exact and as_large >= ENOUGH:
            break
    return as_large / made if exact else (as_large + 1) / (made + 1)


def _are_few(differing: int, permutations: int) -> bool:
    """Tell whether there are no more exchanges of so many units than may be made."""
    return bool(differing <= np.log2(permutations))


def _every(units: int) -> Iterator[np.ndarray]:
    """Yield every exchange of some units, (exchanges, units)."""
    numbers, size = np.arange(2**units), _at_once(units)
    for start in range(0, len(numbers), size):
        yield (numbers[start : start + size, None] >> np.arange(units) & 1).astype(np.float64)


def _some(units: int, permutations: int, digest: str) -> Iterator[np.ndarray]:
    """Yield as many exchanges as `permutations`, drawn by chance, (exchanges, units) at a time."""
    generator = np.random.Generator(np.random.PCG64([int(sha256(digest.encode()).hexdigest()[:16], 16), 1]))
    size = _at_once(units)
    for start in range(0, permutations, size):
        drawn = generator.integers(256, size=(min(size, permutations - start), -(-units // 8)), dtype=np.uint8)
        yield np.unpackbits(drawn, axis=1, count=units).astype(np.float64)


def _at_once(units: int) -> int:
    """Give how many exchanges are made by one matrix product."""
    return int(np.clip(AT_ONCE // max(1, units), 1, 1000))


def _pairs(first: System, second: System) -> list[Pair]:
    """Pair each seed of the one with each of the other, or those of the same place where there are as many."""
    ours, theirs = first.weighted(), second.weighted()
    if [share for share, _ in ours] == [share for share, _ in theirs]:
        return [(share, a, b) for (share, a), (_, b) in zip(ours, theirs, strict=True)]
    return [(share * other, a, b) for share, a in ours for other, b in theirs]


def are_right_or_wrong(counts: Sequence[np.ndarray]) -> bool:
    """Tell whether counts are (right answers, answers), as accuracy has them: the first at most the other."""
    return all(
        each.shape[1] == 2
        and bool((each == np.round(each)).all())
        and bool(((each[:, 0] >= 0) & (each[:, 0] <= each[:, 1])).all())
        for each in counts
    )


def mcnemar(first: System, second: System) -> float:
    """Give the two-sided p of McNemar (1947) from counts (right, answers) per unit.

    Where each unit is one answer of one seed, it is the exact test of how the answers divide on which one system alone
    is right. Else answers of a unit, and of several seeds to it, are not independent: the units' sums are compared, by
    the chi-squared statistic of Durkalski et al. (2003), which is McNemar's for units of one answer.
    """
    pairs = _pairs(first, second)
    if _is_one_answer_each(pairs):
        gained = pairs[0][1][:, 0] - pairs[0][2][:, 0]
        better, worse = int((gained > 0).sum()), int((gained < 0).sum())
        return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    by_unit = sum((share * (a[:, 0] - b[:, 0]) for share, a, b in pairs), np.zeros(len(pairs[0][1])))
    spread = float(by_unit @ by_unit)
    return float(chi2.sf(by_unit.sum() ** 2 / spread, 1)) if spread > ROUNDING else 1.0


def _is_one_answer_each(pairs: Sequence[Pair]) -> bool:
    """Tell whether each unit is one answer of one seed of each system."""
    return len(pairs) == 1 and bool((pairs[0][1][:, 1] == 1).all())
