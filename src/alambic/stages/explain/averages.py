"""Means over texts, with intervals by the project's bootstrap over units and seeds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alambic.statistics.bootstrap import digest_of, interval, over_seeds, resample

Values = Mapping[str, Sequence[float]]  # by unit; NaN counts as none


@dataclass(frozen=True)
class Mean:
    """A mean over values, and its interval."""

    value: float
    low: float
    high: float
    values: int
    units: int


def by_unit(pairs: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    """Gather values by their unit."""
    found: dict[str, list[float]] = defaultdict(list)
    for unit, value in pairs:
        found[unit].append(value)
    return dict(found)


def counts_of(units: Sequence[str], values: Values) -> np.ndarray:
    """Give of each unit the sum of its values and their number, (units, 2)."""
    rows = [[each for each in values.get(unit, ()) if np.isfinite(each)] for unit in units]
    return np.array([[sum(row), len(row)] for row in rows], float).reshape(-1, 2)


def mean(totals: np.ndarray) -> np.ndarray:
    """Compute the mean from sums and numbers, (..., 2) -> (...,); 0 where there is none."""
    return np.divide(totals[..., 0], totals[..., 1], out=np.zeros(totals.shape[:-1]), where=totals[..., 1] > 0)


def mean_of_seeds(seeds: Sequence[Values], *, resamples: int, confidence: float) -> Mean | None:
    """Give the mean over seeds and units; None where there is no value."""
    units = sorted({unit for values in seeds for unit in values})
    counts = [counts for values in seeds if (counts := counts_of(units, values))[:, 1].any()] if units else []
    if not counts:
        return None
    digest = digest_of(units)
    drawn = over_seeds(resample(counts, mean, resamples=resamples, digest=digest), digest=digest)
    value = float(np.mean([mean(of_seed.sum(axis=0)) for of_seed in counts]))
    number = int(sum(of_seed[:, 1].sum() for of_seed in counts))
    return Mean(value, *interval(drawn, confidence=confidence), number, len(units))
