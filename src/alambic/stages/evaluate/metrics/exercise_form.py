"""The share of written lines that are an exercise: a question, right answers and distractors, or accepted answers.

The form is that of `tasks/exercises/line.py`; the facts of an evaluation count the lines that are none, by reason.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.tasks.exercises.line import read_lines

HEADS = ("text_generation",)


def score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Read what was written; counts are (is an exercise, 1)."""
    exercises, failures = read_lines(predicted)
    valid = np.array([exercise is not None for exercise in exercises], np.float64)
    counts = np.stack([valid, np.ones(len(valid))], axis=1)
    return Score(float(combine(counts.sum(axis=0))), "exercise_form|grammar=1", counts, facts=dict(failures))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
