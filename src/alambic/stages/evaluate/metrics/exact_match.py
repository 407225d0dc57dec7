"""Exact match ratio: the share of questions of which every right answer is given, and no other.

FrenchMedMCQA's authors call it EMR (Labrak et al. 2022).
"""

from collections.abc import Collection, Sequence

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score

from alambic.stages.evaluate.metrics._answer_sets import as_set
from alambic.stages.evaluate.metrics._labels import indicators, occurring
from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str | Collection[str]], predicted: Sequence[str | Collection[str]]) -> Score:
    """Compare sets of answers; counts are (right, 1)."""
    ours, theirs = [as_set(answer) for answer in gold], [as_set(answer) for answer in predicted]
    labels = occurring(ours, theirs)
    value = float(accuracy_score(indicators(ours, labels), indicators(theirs, labels)))
    right = np.array([answer == given for answer, given in zip(ours, theirs, strict=True)], dtype=np.float64)
    signature = f"exact_match|sklearn:{sklearn.__version__}|subset_accuracy"
    return Score(value, signature, np.stack([right, np.ones_like(right)], axis=1))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
