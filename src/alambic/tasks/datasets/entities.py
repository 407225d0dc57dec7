"""Entities in your own texts: the collected exports of an annotation tool, brat folders, or CoNLL files.

`data: {train: notes}` is enough: dev, calibration and test parts are drawn from it, whole by groups such as patients.
Parts that you made yourself are collected apart and named. `flat`: which of two overlapping entities stays. `gaps`: an
entity in fragments becomes the span that covers them, or its first fragment. A score's interval draws groups whole.
`attributes` names columns, such as sex, by which scores are told apart. `descriptions` say what a type is, to heads
that read it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from alambic.errors import UserError
from alambic.plugins import CountsIfGiven
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.flat_entities import tagged
from alambic.tasks.iob2 import tag_names
from alambic.tasks.split_examples import examples_of, task_data
from alambic.tasks.splits import Drawing, split, texts_set_apart
from alambic.tasks.words import WORDS

HEAD = "token_classification"
HEADS = ("token_classification", "entity_generation", "typed_spans")
BASELINE = "entity_dictionary"
METRICS = ("entity_f1",)
TEST_SETS = ("test",)


def load(
    train: Path,
    dev: Path | None = None,
    test: Path | None = None,
    *,
    flat: Literal["longest", "shortest"] = "longest",
    gaps: Literal["covering", "first"] = "covering",
    group_column: str = "",
    attributes: list[str] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
    descriptions: Annotated[dict[str, str], CountsIfGiven()] = {},  # noqa: B006
) -> TaskData:
    """Read collected documents; the types are those of the training texts. UserError where these have no entity."""
    parts = split(train, dev, test, Drawing(test_share, dev_share, calibration_share, group_column, seed))
    examples = examples_of(
        parts,
        lambda documents: [tagged(document, flat=flat, gaps=gaps) for document in documents],
        group_column=group_column,
        attributes=attributes,
    )
    types, scored_types = _types(examples["train"]), _types(examples["test"])
    if not types:
        raise UserError(f"entities: no entity in {train}: expected collected texts with annotations")
    data = task_data(
        parts,
        examples,
        head=HEAD,
        labels=tag_names(types),
        limits=(train_limit, test_limit),
        seed=seed,
        rules=f"flat={flat}|gaps={gaps}|{WORDS}",
        facts={"types_of_test_texts_that_are_not_learnt": len(scored_types - types)},
    )
    return replace(data, label_texts={name: (text,) for name, text in descriptions.items()})


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


def _types(examples: list[Example]) -> set[str]:
    return {tag[2:] for example in examples for tag in example.gold if tag != "O"}
