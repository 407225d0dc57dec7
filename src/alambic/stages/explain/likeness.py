"""How alike two explanations of one text are."""

import numpy as np
from scipy.stats import rankdata

from alambic.stages.explain.subject import most_important


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Give the rank correlation of two explanations (words,); 0 where one of them tells no word from another."""
    if len(one) < 2:
        return float("nan")
    first, second = (rankdata(values) - (len(values) + 1) / 2 for values in (one, other))
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size else 0.0


def overlap(one: np.ndarray, other: np.ndarray, share: float) -> float:
    """Give the share of the most important words of the one that are those of the other too, (words,) each."""
    first, second = (most_important(values, share) for values in (one, other))
    return float((first & second).sum() / first.sum())
