"""Share of certificates that are wholly right: each line has every one of its codes, and no other.

It is what a certificate that nobody looks at needs to be.
"""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._codes import whole_counts
from alambic.stages.evaluate.metrics._score import Score, ratio

READS = "units"  # all lines of a certificate together


def score(
    gold: Sequence[str | Collection[str]],
    predicted: Sequence[str | Collection[str]],
    units: Sequence[str],
    ids: Sequence[str],
) -> Score:
    """Compare the codes of all lines, whatever their order; counts are (certificate wholly right, 1)."""
    counts = whole_counts(gold, predicted, units, ids)
    return Score(float(combine(counts.sum(axis=0))), "certificate_exact|codes=sets_of_each_line", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
