"""Exercises as a CSV table, for a spreadsheet or another program."""

import csv
from collections.abc import Sequence
from io import StringIO

from alambic.tasks.choices import LETTERS
from alambic.tasks.exercises.exercise import Exercise, MultipleChoice


def write_csv(exercises: Sequence[tuple[str, Exercise]]) -> str:
    """Write a row for each name and exercise: name, kind, question, right, and a column for each answer.

    `right` has the letters of the right answers, joined by `|`; of an open question each answer is a right one. The
    number of columns is that of the longest exercise. No cell is a formula: see `inert_cell`.
    """
    texts = [_answers(exercise) for _, exercise in exercises]
    width = max(map(len, texts), default=0)
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["name", "kind", "question", "right", *(f"answer_{letter}" for letter in LETTERS[:width])])
    for (name, exercise), answers in zip(exercises, texts, strict=True):
        right = "|".join(letter for letter, (_, is_right) in zip(LETTERS, answers, strict=False) if is_right)
        row = [name, exercise.kind, exercise.question, right, *(text for text, _ in answers)]
        writer.writerow([inert_cell(cell) for cell in row] + [""] * (width - len(answers)))
    return stream.getvalue()


def inert_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute: "=1+1" -> "'=1+1".

    After OWASP, https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _answers(exercise: Exercise) -> list[tuple[str, bool]]:
    if isinstance(exercise, MultipleChoice):
        return [(answer.text, answer.right) for answer in exercise.answers]
    return [(text, True) for text in exercise.accepted]
