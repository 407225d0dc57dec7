"""The share of written multiple-choice questions whose wrong answers are wrong, distinct and not told at a glance.

A distractor fails where it says the same as another answer, where the text itself says it, or where its length or its
form (a number, words) gives it away: `tasks/exercises/checks.py` has the rules. Whether it is wrong in medicine is for
a person to judge. Lines that are no exercise, and open questions, do not count.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from alambic.stages.evaluate.metrics._exercises import of_some, written
from alambic.stages.evaluate.metrics._score import Score, ratio
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.exercises.checks import LONGER, trivial_distractors
from alambic.tasks.exercises.exercise import MultipleChoice

READS = "sources"
HEADS = ("text_generation",)


def score(gold: Sequence[str], predicted: Sequence[str], sources: Sources) -> Score:
    """Check all distractors of each question; counts are (all stand, 1)."""
    failures: Counter[str] = Counter()
    values: list[float | None] = []
    for exercise, example in zip(written(predicted), sources.examples, strict=True):
        if isinstance(exercise, MultipleChoice):
            found = trivial_distractors(exercise, example.text)
            failures.update(found.values())
            values.append(float(not found))
        else:
            values.append(None)
    counts = of_some(values)
    signature = f"exercise_distractors|grammar=1|length<={LONGER:g}|of=valid_multiple_choice"
    return Score(float(combine(counts.sum(axis=0))), signature, counts, facts=dict(failures))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute the share from sums of counts (..., 2)."""
    return ratio(totals[..., 0], totals[..., 1])
