"""Spearman's rank correlation of numbers: whether what is higher is said to be higher; equal numbers share a rank."""

from collections.abc import Sequence

import numpy as np
import scipy
from scipy.stats import spearmanr

from alambic.stages.evaluate.metrics._numbers import numbers
from alambic.stages.evaluate.metrics._score import Score, ratio

COMBINES = "examples"  # ranks are those among the examples that were drawn


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare one number per example; counts are (gold, predicted). The value is 0 where all of either are equal."""
    pairs = np.stack([numbers(gold), numbers(predicted)], axis=1)
    constant = len(pairs) < 2 or bool((pairs == pairs[0]).all(axis=0).any())
    value = 0.0 if constant else float(spearmanr(pairs[:, 0], pairs[:, 1]).statistic)
    return Score(value, f"spearman|scipy:{scipy.__version__}|ties=average|constant=0", pairs)


def combine(pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Correlate the ranks of examples (examples, 2), each taken `weights` (..., examples) times; 0 where all are equal.

    Equal numbers have the mean of their ranks, so that this is Pearson's correlation of ranks.
    """
    weights = np.asarray(weights, float)
    size = weights.sum(axis=-1, keepdims=True)
    centred = [_ranks(column, weights) - (size + 1) / 2 for column in pairs.T]  # the mean of ranks 1 to n
    products = {(a, b): (weights * centred[a] * centred[b]).sum(axis=-1) for a, b in ((0, 1), (0, 0), (1, 1))}
    return ratio(products[0, 1], np.sqrt(products[0, 0] * products[1, 1]))


def _ranks(column: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rank numbers (examples,) among those that are drawn: (..., examples)."""
    order = np.argsort(column, kind="stable")
    begins = np.flatnonzero(np.diff(column[order], prepend=np.nan) != 0)  # of each group of equals
    group = np.empty(len(column), int)
    group[order] = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(column)))
    sizes = np.add.reduceat(weights[..., order], begins, axis=-1)
    ranks: np.ndarray = (sizes.cumsum(axis=-1) - (sizes - 1) / 2)[..., group]
    return ranks
