r"""Exercises in GIFT, the text format that Moodle and others import.

The format: https://docs.moodle.org/en/GIFT_format. A question is closed by a blank line. `~ = # { } :` and the
backslash are escaped by a backslash. Two things cannot be escaped and are written around: an answer that begins with
`%`, which would be a share, has a share before it; a text that begins with `[`, which would be a format, has a format
before it. An essay has no place for the teacher's answer, which students would be shown as feedback: it stands in a
comment above.
"""

import re
from collections.abc import Sequence

from alambic.tasks.exercises.exercise import Exercise, MultipleChoice, OpenQuestion
from alambic.tasks.exercises.marks import as_model_answer, as_pattern, is_typed, shares

RESERVED = re.compile(r"[\\~=#{}:]")
FORMAT = "[plain]"


def write_gift(exercises: Sequence[tuple[str, Exercise]], *, category: str = "") -> str:
    """Write a file of named exercises, which go into `category` where one is given."""
    questions = [f"$CATEGORY: $course$/top/{category.replace('/', '//')}\n"] if category else []
    for name, exercise in exercises:
        answers = _choices(exercise) if isinstance(exercise, MultipleChoice) else _open(exercise)
        questions.append(
            f"{_comment(exercise)}::{_escaped(name)}::{FORMAT}{_escaped(exercise.question)}{{{answers}}}\n"
        )
    return "\n".join(questions)


def _comment(exercise: Exercise) -> str:
    if isinstance(exercise, MultipleChoice) or is_typed(exercise):
        return ""
    return f"// {as_model_answer(exercise)}\n"


def _choices(exercise: MultipleChoice) -> str:
    several = len(exercise.right) > 1
    lines = []
    for answer, share in zip(exercise.answers, shares(exercise), strict=True):
        mark = "=" if share == "100" else f"~%{share}%" if several or answer.text.startswith("%") else "~"
        lines.append(f"\n\t{mark}{_answer(answer.text)}")
    return "".join(lines) + "\n"


def _open(exercise: OpenQuestion) -> str:
    if not is_typed(exercise):
        return ""
    return "".join(f"\n\t=%100%{_answer(as_pattern(text))}" for text in exercise.accepted) + "\n"


def _answer(text: str) -> str:
    """Write a text whose first bracket is its own."""
    return (FORMAT if text.startswith("[") else "") + _escaped(text)


def _escaped(text: str) -> str:
    return RESERVED.sub(r"\\\g<0>", text)
