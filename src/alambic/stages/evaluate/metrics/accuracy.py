"""Share of right labels."""

from collections.abc import Sequence

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score

from alambic.stages.evaluate.metrics._score import Score, ratio


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare one label per example; counts are (right, 1)."""
    right = np.array([answer == given for answer, given in zip(gold, predicted, strict=True)], dtype=np.float64)
    value = float(accuracy_score(gold, predicted))
    return Score(value, f"accuracy|sklearn:{sklearn.__version__}", np.stack([right, np.ones_like(right)], axis=1))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the accuracy from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
