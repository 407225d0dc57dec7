"""Questions with answers to choose from: FrenchMedMCQA, or your own table.

The column `question` holds the question (the collected text, where it is empty), `choices` its answers as JSON, an
object of them by name or a list (named a, b, c...), `correct` the names of the right ones, joined by `|`. `answers`:
`several`, where any number of answers may be right; `one`, where one is, and questions with more are left out and
counted. `data: {train: questions}` is enough: dev, calibration and test parts are drawn from it. Parts that were made
already are collected apart and named. A perturbation changes the question. A score's interval draws groups whole.
`attributes` names columns, such as the subject, by which scores are told apart.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.tasks.choices import contradict, read_choices
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.own_labels import check_columns, one_label, several_labels
from alambic.tasks.split_examples import examples_of, task_data
from alambic.tasks.splits import Drawing, split, texts_set_apart

HEAD = "multiple_choice"
BASELINE = "commonest_answer"
METRICS = ("exact_match", "hamming")
TEST_SETS = ("test",)
LABELS = {"several": ("right",), "one": ("best",)}


def load(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    answers: Literal["several", "one"] = "several",
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
    """Read collected documents. UserError for a question without answers, or whose right ones are none of them.

    A question of which one text is a right and a wrong answer is left out, and counted.
    """
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    columns = (question_column, choices_column, correct_column)
    examples = examples_of(
        parts, lambda documents: _examples(documents, *columns), group_column=group_column, attributes=attributes
    )
    sound = {name: [e for e in part if not contradict(e.choices, e.gold)] for name, part in examples.items()}
    facts = {}
    if contradictory := sum(len(examples[name]) - len(part) for name, part in sound.items()):
        facts["questions_with_one_answer_both_right_and_wrong_left_out"] = contradictory
    examples = sound
    if answers == "one":
        single = {name: [_single(e) for e in part if len(e.gold) == 1] for name, part in examples.items()}
        left_out = sum(len(examples[name]) - len(part) for name, part in single.items())
        examples, facts = single, {**facts, "questions_with_several_right_answers_left_out": left_out}
    return task_data(
        parts,
        examples,
        head=HEAD,
        labels=LABELS[answers],
        limits=(train_limit, test_limit),
        seed=seed,
        rules=f"right={answers}",
        facts=facts,
    )


def scored_texts(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    question_column: str = "question",
    group_column: str = "",
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give all questions that are not learnt from, with their answers where the text holds them, and without."""
    return texts_set_apart(
        split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed)), question_column
    )


def _examples(documents: list[Document], question: str, choices: str, correct: str) -> list[Example]:
    check_columns(documents, choices_column=choices, correct_column=correct)
    return [_example(document, question, choices, correct) for document in documents]


def _example(document: Document, question: str, choices: str, correct: str) -> Example:
    try:
        offered = read_choices(one_label(document, choices))
    except UserError as error:
        raise UserError(f"document {document.id}: {error}") from error
    right = several_labels(document, correct, "|")
    names = [name for name, _ in offered]
    if len(names) < 2 or not {*right} <= {*names}:
        raise UserError(
            f"document {document.id}: the right answers are {', '.join(right)}, and the answers {', '.join(names)}: "
            "expected some of at least two"
        )
    asked = one_label(document, question) or document.text.strip()
    return Example(document.id, asked, right, choices=offered)


def _single(example: Example) -> Example:
    return replace(example, gold=example.gold[0])
