"""A number for two texts, such as how similar they are from 0 to 5: two columns of texts and one of numbers.

`data: {train: pairs}` is enough: dev, calibration and test parts are drawn from it, whole by groups such as patients.
Parts that were made already are collected apart and named: `data: {train: pairs, test: pairs_of_2025}`. The collected
text is the first; pairs that share it are on one side of a drawn split. A perturbation changes the first text. A
score's interval draws groups whole. `attributes` names columns, such as sex, by which scores are told apart. CLISTER
and the first task of DEFT 2020 are such tables.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.own_labels import check_columns, one_label
from alambic.tasks.split_examples import examples_of, task_data
from alambic.tasks.splits import Drawing, split, texts_set_apart

HEAD = "sentence_similarity"
METRICS = ("spearman", "edrm")
TEST_SETS = ("test",)
LABELS = ("similarity",)


def load(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    second_column: str = "second",
    score_column: str = "score",
    group_column: str = "",
    attributes: list[str] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read collected documents. UserError for a pair without a second text or a number."""
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    examples = examples_of(
        parts,
        lambda documents: _examples(documents, second_column, score_column),
        group_column=group_column,
        attributes=attributes,
    )
    return task_data(parts, examples, head=HEAD, labels=LABELS, limits=(train_limit, test_limit), seed=seed, facts={})


def scored_texts(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    second_column: str = "second",
    group_column: str = "",
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give both texts of all pairs that are not learnt from."""
    return texts_set_apart(
        split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed)), second_column
    )


def _examples(documents: list[Document], second: str, column: str) -> list[Example]:
    check_columns(documents, second_column=second, score_column=column)
    return [Example(d.id, d.text.strip(), _number(d, column), second=one_label(d, second)) for d in documents]


def _number(document: Document, column: str) -> str:
    """Read a number, and write it in one way: "3,50" -> "3.5"."""
    written = one_label(document, column)
    try:
        value = float(written.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"document {document.id}: '{written[:40]}' in column '{column}': expected a number such as 3.5")
    return str(value)
