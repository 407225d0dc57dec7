"""Recall of codes by line: of the codes that a line has, the share that is given."""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._codes import line_counts
from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str | Collection[str]], predicted: Sequence[str | Collection[str]]) -> Score:
    """Compare the codes of each line; counts are (right, expected, given) codes."""
    counts = line_counts(gold, predicted)
    return Score(
        float(combine(counts.sum(axis=0))), "code_recall|average=micro|codes=once_per_line|zero_division=0", counts
    )


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute recall from sums of counts (..., 3)."""
    return ratio(totals[..., 0], totals[..., 1])
