"""Counts of exercises that were written: of those alone that can be read."""

from collections.abc import Sequence

import numpy as np

from alambic.tasks.exercises.exercise import Exercise, MultipleChoice
from alambic.tasks.exercises.line import read_lines


def written(predicted: Sequence[str]) -> list[Exercise | None]:
    """Read lines; None stands for one that is no exercise."""
    return read_lines(predicted)[0]


def of_some(values: Sequence[float | None]) -> np.ndarray:
    """Give counts (value, 1), and (0, 0) where there is no value: (examples, 2)."""
    return np.array([(0.0, 0.0) if value is None else (value, 1.0) for value in values]).reshape(-1, 2)


def asked(exercise: Exercise) -> str:
    """Write what an exercise asks for: its question and the right answers."""
    right = exercise.right if isinstance(exercise, MultipleChoice) else exercise.accepted
    return " ".join([exercise.question, *right])
