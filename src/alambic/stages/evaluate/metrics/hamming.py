"""Hamming score of several answers: of those that are right or given, the share that are both, a mean over questions.

So FrenchMedMCQA's authors define it (Labrak et al. 2022); scikit-learn's Hamming loss is another thing, and its Jaccard
score over samples this one.
"""

from collections.abc import Collection, Sequence

import numpy as np
import sklearn
from sklearn.metrics import jaccard_score

from alambic.stages.evaluate.metrics._answer_sets import as_set
from alambic.stages.evaluate.metrics._labels import indicators, occurring
from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str | Collection[str]], predicted: Sequence[str | Collection[str]]) -> Score:
    """Compare sets of answers; counts are (share of a question, 1)."""
    ours, theirs = [as_set(answer) for answer in gold], [as_set(answer) for answer in predicted]
    labels = occurring(ours, theirs)
    pairs = list(zip(ours, theirs, strict=True))
    shares = ratio(*(np.array([len(part(*pair)) for pair in pairs], float) for part in (set.intersection, set.union)))
    arrays = indicators(ours, labels), indicators(theirs, labels)
    value = float(jaccard_score(*arrays, average="samples", zero_division=0))
    signature = f"hamming|sklearn:{sklearn.__version__}|jaccard_of_samples|zero_division=0"
    return Score(value, signature, np.stack([shares, np.ones_like(shares)], axis=1))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
