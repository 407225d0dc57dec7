"""One label for a text, out of a closed list: your own table, with a column of texts and a column of labels.

`data: {train: notes}` is enough: dev, calibration and test parts are drawn from it, whole by groups such as patients.
Parts that you made yourself are collected apart and named: `data: {train: notes, test: notes_of_2025}`. A score's
interval draws groups whole. `attributes` names columns, such as sex, by which scores are told apart.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.own_labels import check_columns, one_label
from alambic.tasks.split_examples import examples_of, task_data
from alambic.tasks.splits import Drawing, split, texts_set_apart

HEAD = "sequence_classification"
HEADS = ("sequence_classification", "label_generation")
BASELINE = "nearest_label"
METRICS = ("accuracy", "macro_f1")
TEST_SETS = ("test",)


def load(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    label_column: str = "label",
    group_column: str = "",
    attributes: list[str] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Read collected documents; the labels are those of the training texts.

    A scored text with another label is kept: no model can give that label, and none is spared for it. UserError for a
    text without a label.
    """
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    examples = examples_of(
        parts, lambda documents: _examples(documents, label_column), group_column=group_column, attributes=attributes
    )
    labels = sorted({str(example.gold) for example in examples["train"]})
    unknown = sum(example.gold not in labels for example in examples["test"])
    return task_data(
        parts,
        examples,
        head=HEAD,
        labels=labels,
        limits=(train_limit, test_limit),
        seed=seed,
        facts={"test_texts_with_unknown_labels": unknown},
    )


def scored_texts(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    group_column: str = "",
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give the texts of all parts that are not learnt from."""
    return texts_set_apart(
        split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    )


def _examples(documents: list[Document], column: str) -> list[Example]:
    check_columns(documents, label_column=column)
    return [Example(d.id, d.text.strip(), one_label(d, column)) for d in documents]
