"""A text to be written for a text: a summary, the full wording of abbreviations, the clean form of a noisy text.

`data: {train: notes}` is enough: the texts are what is read, and a column holds what is to be written. Dev, calibration
and test parts are drawn from it, whole by groups such as patients. Parts that were made already are collected apart and
named: `data: {train: notes, test: notes_of_2025}`. Texts that are the same are on one side of a drawn split. A score's
interval draws groups whole. `attributes` names columns, such as sex, by which scores are told apart.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.own_labels import check_column, one_label
from alambic.tasks.split_examples import examples_of, task_data
from alambic.tasks.splits import Drawing, split, texts_set_apart

HEAD = "text_generation"
METRICS = ("chrf", "exact_match")
TEST_SETS = ("test",)


def load(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    target_column: str = "target",
    group_column: str = "",
    attributes: list[str] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read collected documents. UserError where nothing is to be written for one."""
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    examples = examples_of(
        parts, lambda documents: _examples(documents, target_column), group_column=group_column, attributes=attributes
    )
    return task_data(parts, examples, head=HEAD, labels=(), limits=(train_limit, test_limit), seed=seed, facts={})


def scored_texts(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    target_column: str = "target",
    group_column: str = "",
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give the texts that are not learnt from, and what is to be written for them."""
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    yield from texts_set_apart(parts)
    for part in (parts.dev, parts.calibration, parts.test):
        yield from (text for document in part if (text := one_label(document, target_column)))


def _examples(documents: list[Document], column: str) -> list[Example]:
    check_column(documents, [d for d in documents if not one_label(d, column)], column, "target_column")
    return [Example(d.id, d.text.strip(), one_label(d, column)) for d in documents]
