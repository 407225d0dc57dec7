"""Micro F1 of codes by line, as CLEF eHealth scores aligned certificates: a code counts once for each line."""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._codes import line_counts
from alambic.stages.evaluate.metrics._score import Score, f1


def score(gold: Sequence[str | Collection[str]], predicted: Sequence[str | Collection[str]]) -> Score:
    """Compare the codes of each line; counts are (right, expected, given) codes."""
    counts = line_counts(gold, predicted)
    return Score(
        float(combine(counts.sum(axis=0))), "code_f1|average=micro|codes=once_per_line|zero_division=0", counts
    )


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of counts (..., 3)."""
    return f1(totals)
