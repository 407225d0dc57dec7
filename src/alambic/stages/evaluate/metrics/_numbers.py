"""Answers that are numbers, written as text."""

from collections.abc import Sequence

import numpy as np

from alambic.errors import UserError


def numbers(answers: Sequence[str]) -> np.ndarray:
    """Read numbers (examples,); UserError with the first answer that is none."""
    values = []
    for answer in answers:
        try:
            values.append(float(answer))
        except (TypeError, ValueError) as error:
            raise UserError(f"{answer!r:.60} is no number: this metric compares numbers, such as 3.5") from error
    return np.array(values, float)
