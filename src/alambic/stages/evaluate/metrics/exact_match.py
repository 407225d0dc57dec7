"""Exact match ratio: the share of texts right letter by letter, or of questions of which all is right.

Several answers are a set: every right one is given, and no other. FrenchMedMCQA's authors call it EMR (Labrak et al.
2022). A question without a right answer, to which none is given, counts as right.
"""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str | Collection[str]], predicted: Sequence[str | Collection[str]]) -> Score:
    """Compare texts, or sets of answers; counts are (right, 1)."""
    right = [_compared(answer) == _compared(given) for answer, given in zip(gold, predicted, strict=True)]
    counts = np.stack([np.array(right, float), np.ones(len(right))], axis=1)
    return Score(float(combine(counts.sum(axis=0))), "exact_match|texts=whole|answers=set", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def _compared(answer: str | Collection[str]) -> str | set[str]:
    return answer if isinstance(answer, str) else {*answer}
