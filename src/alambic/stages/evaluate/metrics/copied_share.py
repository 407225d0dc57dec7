"""The share of the words written that are copied from the text that was read, in runs of four words or more.

A high share is faithful and no summary: read it beside what is invented. Capitals and accents do not count.
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

SHORTEST = 4  # words: shorter runs are how French is


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Compare texts with what was read; counts are (words copied, words). A text without words counts nowhere."""
    counts = np.zeros((len(predicted), 2))
    for row, (example, text) in enumerate(zip(sources.examples, predicted, strict=True)):
        words = plain_words(text)
        runs = copied_runs(plain_words(example.text), words)
        counts[row] = sum(run for run in runs if run >= SHORTEST), len(words)
    return Score(float(combine(counts.sum(axis=0))), f"copied_share|runs>={SHORTEST}_words|better=lower", counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
