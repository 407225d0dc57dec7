"""Agreement between people who judged the same things: Krippendorff's alpha.

Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability". The package of that name is under the GPL; this is the
computation by coincidences, with missing values.
"""

from typing import Literal

import numpy as np

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: np.ndarray, *, level: Level) -> float | None:
    """Compute alpha from ratings (people, units), NaN where a person did not rate a unit.

    1: all agree; 0: as by chance; below: they disagree more than by chance. `level` says how far apart two values are:
    different or not, by how many ratings lie between them, or by their difference. None where it has no meaning: no
    unit was rated twice, or all ratings are the same.
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, np.newaxis] == values).sum(axis=0).astype(np.float64)  # (units, values)
    counts = counts[counts.sum(axis=1) >= 2]
    if len(counts) == 0:
        return None
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
    observed = weighted.T @ counts - np.diag(weighted.sum(axis=0))  # how often two values meet in a unit
    times = observed.sum(axis=1)
    expected = (np.outer(times, times) - np.diag(times)) / (times.sum() - 1)
    distances = _distances(values, times, level)
    disagreement = float((expected * distances).sum())
    return 1 - float((observed * distances).sum()) / disagreement if disagreement > 0 else None


def _distances(values: np.ndarray, times: np.ndarray, level: Level) -> np.ndarray:
    """Give the squared distance of each two values: (values, values)."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "interval":
        return np.asarray((values[:, np.newaxis] - values[np.newaxis, :]) ** 2)
    middle = np.cumsum(times) - times / 2  # the rank of a value, in ratings
    return np.asarray((middle[:, np.newaxis] - middle[np.newaxis, :]) ** 2)
