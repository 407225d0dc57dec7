"""The share of written exercises that say again, nearly word by word, what an earlier one of the same output asks.

Two are the same where the cosine of the character trigrams of their questions and right answers is 0.9 or more,
weighted by tf-idf over the output. Lines that are no exercise do not count. A resample draws the examples, not the
comparisons.
"""

from collections.abc import Sequence

import numpy as np
import sklearn

from alambic.stages.evaluate.metrics._exercises import asked, of_some, written
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.tasks.exercises.checks import NEAR, repeated

BETTER = "lower"
HEADS = ("text_generation",)


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Compare each with those before it; counts are (repeated, 1)."""
    exercises = written(predicted)
    marks = iter(repeated([asked(each) for each in exercises if each is not None]).tolist())
    counts = of_some([next(marks) if each is not None else None for each in exercises])
    signature = (
        f"exercise_repetition|sklearn:{sklearn.__version__}|trigrams=char_wb|cosine>={NEAR:g}|of=valid|better=lower"
    )
    return Score(float(combine(counts.sum(axis=0))), signature, counts)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
