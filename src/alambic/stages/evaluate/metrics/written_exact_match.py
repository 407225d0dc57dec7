"""The share of texts that a model wrote before its answer as they were to be written, such as in standard wording.

White space at both ends, its amount and capitals do not count.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio

READS = "texts"


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare texts; counts are (right, 1)."""
    same = [_plain(right) == _plain(text) for right, text in zip(gold, predicted, strict=True)]
    counts = np.stack([np.array(same, np.float64), np.ones(len(same))], axis=1)
    return Score(float(np.mean(same)) if same else 0.0, "written_exact_match|spaces=one|case=folded", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
