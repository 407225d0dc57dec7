"""Tests of whether two systems differ on the same units: sign of resamples, approximate randomisation, McNemar."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from scipy.stats import binomtest, chi2

from alambic.statistics.bootstrap import AT_ONCE, Combine
from alambic.statistics.difference import System

ROUNDING = 1e-12  # two differences that are equal may be computed with this much between them


def two_sided_p(differences: np.ndarray) -> float:
    """Give how often resampling reverses the sign of the difference, on either side; never 0 from a finite sample."""
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1))


def approximate_randomization(
    first: System, second: System, combine: Combine, *, permutations: int, digest: str
) -> float:
    """Give the two-sided p of the difference where it is by chance which system gave which answers (Noreen 1989).

    On each unit the two are exchanged or not, all seeds at once; the difference of the means over seeds is at least as
    large as the one seen in a share p of the draws. Systems of unequal numbers of seeds: each seed has its share.
    """
    generator = np.random.Generator(np.random.PCG64([int(sha256(digest.encode()).hexdigest()[:16], 16), 1]))
    pairs = _pairs(first, second)
    units = len(pairs[0][1])
    seen = abs(sum(share * float(combine(a.sum(axis=0)) - combine(b.sum(axis=0))) for share, a, b in pairs))
    as_large = 0
    for start in range(0, permutations, AT_ONCE):
        exchanged = generator.integers(2, size=(min(AT_ONCE, permutations - start), units)).astype(np.float64)
        drawn = np.zeros(len(exchanged))
        for share, a, b in pairs:
            moved = exchanged @ (a - b)
            drawn += share * (combine(a.sum(axis=0) - moved) - combine(b.sum(axis=0) + moved))
        as_large += int((np.abs(drawn) >= seen - ROUNDING).sum())
    return (as_large + 1) / (permutations + 1)


def _pairs(first: System, second: System) -> list[tuple[float, np.ndarray, np.ndarray]]:
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
    if len(pairs) == 1 and (pairs[0][1][:, 1] == 1).all():
        gained = pairs[0][1][:, 0] - pairs[0][2][:, 0]
        better, worse = int((gained > 0).sum()), int((gained < 0).sum())
        return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    by_unit = sum((share * (a[:, 0] - b[:, 0]) for share, a, b in pairs), np.zeros(len(pairs[0][1])))
    spread = float(by_unit @ by_unit)
    return float(chi2.sf(by_unit.sum() ** 2 / spread, 1)) if spread > ROUNDING else 1.0
