"""Hamming score of several answers: of those that are right or given, the share that are both, a mean over questions.

So FrenchMedMCQA's authors define it (Labrak et al. 2022); scikit-learn's Hamming loss is another thing, and its Jaccard
score over samples this one. A question without a right answer, to which none is given, counts 1.
"""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._answer_sets import as_set
from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str | Collection[str]], predicted: Sequence[str | Collection[str]]) -> Score:
    """Compare sets of answers; counts are (share of a question, 1)."""
    pairs = [(as_set(right), as_set(given)) for right, given in zip(gold, predicted, strict=True)]
    shares = np.array([len(right & given) / len(right | given) if right | given else 1 for right, given in pairs])
    counts = np.stack([shares.astype(float), np.ones(len(pairs))], axis=1)
    return Score(float(combine(counts.sum(axis=0))), "hamming|jaccard_of_samples|zero_division=1", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
