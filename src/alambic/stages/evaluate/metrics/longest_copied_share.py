"""The longest run of words that a text copies from what was read, as a share of its words; the mean over texts.

1 is a text that is copied whole. Capitals and accents do not count.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._copied import copied_runs
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.plain_words import plain_words

READS = "sources"
BETTER = "lower"
HEADS = ("text_generation",)


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare texts with what was read; counts are (share, 1), and (0, 0) of a text without words."""
    counts = np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        if words := plain_words(text):
            counts[row] = max(copied_runs(plain_words(example.text), words), default=0) / len(words), 1
    return Score(float(combine(counts.sum(axis=0))), "longest_copied_share|mean_of_texts|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the mean from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
