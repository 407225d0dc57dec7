"""ROUGE-2 of a written text: how many pairs of neighbouring words it shares with the right one.

Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"; F of precision and recall.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._rouge import mean_rouge
from alambic.stages.evaluate.metrics._score import Score, ratio

HEADS = ("text_generation",)


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare texts; counts are (F, 1)."""
    return mean_rouge("rouge_2", "rouge2", gold, predicted)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
