"""An exercise to be written for a text or a fact: a multiple-choice question with its answers, or an open question.

What is written is one line, as `tasks/exercises/line.py` has it. The column `question` holds the question, `choices`
the answers to choose from as JSON (an object by name, or a list) and `correct` the names of the right ones, joined by
`|`: FrenchMedMCQA's form; of an open question `choices` is empty and `correct` holds what answers it, joined by `|`.
`source` says what the exercise is written from: `text`, the text of the document; `right_answers`, the right answers
themselves, where the text is the question, as FrenchMedMCQA's is. `data: {train: questions}` is enough: dev,
calibration and test parts are drawn from it. Parts that were made already are collected apart and named. `attributes`
names columns, such as the subject, by which scores are told apart.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.tasks.choices import read_choices
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.exercises.line import NotAnExercise, make_exercise, write_line
from alambic.tasks.own_labels import check_columns, listed_labels, one_label
from alambic.tasks.split_examples import examples_of, task_data
from alambic.tasks.splits import Drawing, split, texts_set_apart

HEAD = "text_generation"
METRICS = ("exercise_form", "exercise_distractors", "exercise_novelty", "exercise_repetition", "chrf")
TEST_SETS = ("test",)


def load(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    source: Literal["text", "right_answers"] = "text",
    question_column: str = "question",
    choices_column: str = "choices",
    correct_column: str = "correct",
    group_column: str = "",
    attributes: list[str] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read collected documents.

    UserError for a document whose columns are no exercise. Questions from which none can be made, such as those all of
    whose answers are right, are left out, and counted by the reasons of `tasks/exercises/line.py`.
    """
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    columns = (question_column, choices_column, correct_column)
    reasons: Counter[str] = Counter()
    examples = examples_of(
        parts,
        lambda documents: _examples(documents, source, *columns, reasons),
        group_column=group_column,
        attributes=attributes,
    )
    whole = {name: [example for example in part if example.gold] for name, part in examples.items()}
    return task_data(
        parts,
        whole,
        head=HEAD,
        labels=(),
        limits=(train_limit, test_limit),
        seed=seed,
        rules=f"source={source}",
        facts={f"questions_left_out_{reason}": count for reason, count in reasons.items()},
    )


def scored_texts(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    source: Literal["text", "right_answers"] = "text",
    question_column: str = "question",
    choices_column: str = "choices",
    correct_column: str = "correct",
    group_column: str = "",
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give the texts that are not learnt from, their questions, and the right answers where these are what is read."""
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    yield from texts_set_apart(parts, question_column)
    if source == "right_answers":
        for part in (parts.dev, parts.calibration, parts.test):
            for document in part:
                offered, right = _answers(document, choices_column, correct_column)
                yield _facts(offered, right)


def _examples(
    documents: list[Document], source: str, question: str, choices: str, correct: str, reasons: Counter[str]
) -> list[Example]:
    check_columns(documents, question_column=question, correct_column=correct)
    return [_example(document, source, question, choices, correct, reasons) for document in documents]


def _example(
    document: Document, source: str, question: str, choices: str, correct: str, reasons: Counter[str]
) -> Example:
    """Make one example; where the question is no exercise nothing is to be written, and the reason is counted."""
    offered, right = _answers(document, choices, correct)
    asked = one_label(document, question)
    text = document.text.strip() if source == "text" else _facts(offered, right)
    answers = [("+" if name in right else "-", answer) for name, answer in offered] or [("=", each) for each in right]
    try:
        return Example(document.id, text, write_line(make_exercise(asked, answers)))
    except NotAnExercise as error:
        reasons[error.reason] += 1
        return Example(document.id, text, "")


def _answers(document: Document, choices: str, correct: str) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Read the answers to choose from, by name, and the names of the right ones; or none, and what is accepted."""
    try:
        offered = read_choices(one_label(document, choices))
    except UserError as error:
        raise UserError(f"document {document.id}: {error}") from error
    right = listed_labels(document, correct, "|")
    names = [name for name, _ in offered]
    if offered and not {*right} <= {*names}:
        raise UserError(
            f"document {document.id}: the right answers are {', '.join(right)}, and the answers {', '.join(names)}: "
            "expected some of them"
        )
    return offered, right


def _facts(offered: tuple[tuple[str, str], ...], right: list[str]) -> str:
    """Write what a question asks for as a text to be read."""
    return " ; ".join([text for name, text in offered if name in right] if offered else right)
