"""chrF of the text that a model wrote before its answer, such as a line of a certificate in standard wording.

Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation"; recall counts twice as much.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._chrf import mean_chrf
from alambic.stages.evaluate.metrics._score import Score, ratio

READS = "texts"


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare texts; counts are (chrF, 1)."""
    return mean_chrf("written_chrf", gold, predicted)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
