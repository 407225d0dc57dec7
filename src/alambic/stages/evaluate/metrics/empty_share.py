"""The share of written texts that hold no word: a text that is not there invents nothing, and says nothing."""

import re
from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio

BETTER = "lower"
HEADS = ("text_generation",)

WORD = re.compile(r"\w")


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Look for a word in each text; counts are (empty, 1)."""
    empty = np.array([WORD.search(text) is None for text in predicted], np.float64)
    counts = np.stack([empty, np.ones(len(empty))], axis=1)
    return Score(float(empty.mean()) if len(empty) else 0.0, "empty_share|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
