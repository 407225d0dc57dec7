r"""An exercise as one line of text, as a small model learns to write it.

    Q: Quel médicament est un anticoagulant ? | + warfarine | - aspirine | - digoxine
    Q: À quel chapitre de la CIM-10 appartient l'asthme ? | = X

    line   = "Q:" text { "|" answer }
    answer = "+" text | "-" text | "=" text       right, wrong; or, of an open question, accepted

Within a text `\|` is a bar and `\\` a backslash. White space around a text does not count. The marks of one line are
all `+` and `-`, or all `=`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from pydantic import ValidationError

from alambic.tasks.choices import appearance
from alambic.tasks.exercises.exercise import (
    MOST_ANSWERS,
    Exercise,
    MultipleChoice,
    multiple_choice,
    one_line,
    open_question,
)

BEGINNING = "Q:"
ESCAPED = re.compile(r"\\([\\|])")
PIECE = re.compile(r"\\[\\|]|\||[^\\|]+")
BAD_ESCAPE = re.compile(r"\\(?![\\|])")

Reason = Literal[
    "empty",  # nothing was written
    "no_question",  # it does not begin with `Q:`, or nothing follows
    "no_answers",  # no bar follows the question
    "bad_escape",  # a backslash before neither a bar nor a backslash
    "unknown_mark",  # an answer begins with neither +, - nor =
    "empty_answer",
    "mixed_marks",  # an open question with answers to choose from
    "no_right_answer",
    "no_distractor",
    "repeated_answer",
    "too_many_answers",
    "strange_character",  # one that no text has
]
REASONS: tuple[Reason, ...] = get_args(Reason)


class NotAnExercise(ValueError):
    """A line that is no exercise, and why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def write_line(exercise: Exercise) -> str:
    """Write an exercise as a line."""
    if isinstance(exercise, MultipleChoice):
        answers = [f"{'+' if answer.right else '-'} {_escaped(answer.text)}" for answer in exercise.answers]
    else:
        answers = [f"= {_escaped(text)}" for text in exercise.accepted]
    return " | ".join([f"{BEGINNING} {_escaped(exercise.question)}", *answers])


def read_line(line: str) -> Exercise:
    """Read it back; NotAnExercise with the reason where it is none."""
    if not line.strip():
        raise NotAnExercise("empty")
    if BAD_ESCAPE.search(ESCAPED.sub("", line)):
        raise NotAnExercise("bad_escape")
    first, *rest = _parts(line)
    if not first.startswith(BEGINNING):
        raise NotAnExercise("no_question")
    return make_exercise(_plain(first.removeprefix(BEGINNING)), [(part[:1], _plain(part[1:])) for part in rest])


def make_exercise(question: str, marked: Sequence[tuple[str, str]]) -> Exercise:
    """Make one of a question and its answers, each with its mark; NotAnExercise with the reason where it is none."""
    answers = [(mark, one_line(text)) for mark, text in marked]
    marks = [mark for mark, _ in answers]
    if not appearance(question):
        raise NotAnExercise("no_question")
    if not answers:
        raise NotAnExercise("no_answers")
    _check(marks, [appearance(text) for _, text in answers])
    try:
        if "=" in marks:
            return open_question(question, [text for _, text in answers])
        return multiple_choice(question, [(text, mark == "+") for mark, text in answers])
    except ValidationError as error:
        raise NotAnExercise("strange_character") from error  # all else was checked


def _check(marks: list[str], texts: list[str]) -> None:
    """Check what people see of the answers, as `appearance` gives it."""
    if any(not mark for mark in marks) or any(
        mark in "+-=" and not text for mark, text in zip(marks, texts, strict=True)
    ):
        raise NotAnExercise("empty_answer")
    if not {*marks} <= {*"+-="}:
        raise NotAnExercise("unknown_mark")
    if len(texts) > MOST_ANSWERS:
        raise NotAnExercise("too_many_answers")
    if len({*texts}) < len(texts):
        raise NotAnExercise("repeated_answer")
    if "=" in marks:
        if {*marks} != {"="}:
            raise NotAnExercise("mixed_marks")
    elif "+" not in marks:
        raise NotAnExercise("no_right_answer")
    elif "-" not in marks:
        raise NotAnExercise("no_distractor")


def read_lines(lines: Iterable[str]) -> tuple[list[Exercise | None], Counter[str]]:
    """Read many; None stands for a line that is none, and the reasons are counted."""
    exercises: list[Exercise | None] = []
    failures: Counter[str] = Counter()
    for line in lines:
        try:
            exercises.append(read_line(line))
        except NotAnExercise as error:
            exercises.append(None)
            failures[error.reason] += 1
    return exercises, failures


def _parts(line: str) -> list[str]:
    """Cut a line at its bars: "a \\| b | c" -> ["a \\| b", "c"]."""
    parts: list[list[str]] = [[]]
    for piece in PIECE.findall(line):
        if piece == "|":
            parts.append([])
        else:
            parts[-1].append(piece)
    return ["".join(part).strip() for part in parts]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _plain(text: str) -> str:
    return ESCAPED.sub(r"\1", text)
