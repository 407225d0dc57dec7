"""The items of a study: what a person decides on, what the model answers, and how that is explained."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import damage_named, write_table

NAME = "items.parquet"
Kind = Literal["practice", "attention", "main"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_EXPLANATION = pa.struct(
    [
        ("method", pa.string()),
        ("starts", pa.list_(pa.int32())),
        ("ends", pa.list_(pa.int32())),
        ("values", pa.list_(pa.float32())),
    ]
)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("item", "kind", "text", "image", "question")),
        ("options", pa.list_(pa.string())),
        ("right", pa.string()),
        ("advice", pa.string()),
        ("confidence", pa.float32()),
        ("advice_right", pa.bool_()),
        ("explanations", pa.list_(_EXPLANATION)),
        ("false_explanation", pa.list_(_EXPLANATION)),
        ("source", pa.string()),
    ]
)


@dataclass(frozen=True)
class Explanation:
    """What each word of a text, or each cell of an image, contributed to the model's answer: for it, or against it.

    `starts` and `ends` are characters of the text; of an image of n x n cells, row by row, k and k + 1.
    """

    method: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Item:
    """One item; `right` and `advice_right` are on no page, but for `right` of practice."""

    item: str
    kind: Kind
    text: str
    image: str  # a file beside the table; empty: none
    question: str  # empty: that of the kind of task
    options: tuple[str, ...]  # none: the answer is written
    right: str
    advice: str
    confidence: float  # of the model; NaN: it tells none
    advice_right: bool
    explanations: tuple[Explanation, ...] = ()
    false_explanation: tuple[Explanation, ...] = ()
    source: str = field(default="", compare=False)  # where it was taken from, for those who run the study


def write_items(items: Iterable[Item], folder: Path) -> None:
    """Write the table into `folder`."""
    write_table(pa.Table.from_pylist([asdict(item) for item in items], schema=SCHEMA), folder / NAME)


def read_items(folder: Path) -> list[Item]:
    """Read the table of `folder`; UserError where it is damaged."""
    path = folder / NAME
    with damage_named(path):
        return [_item(row) for row in pq.read_table(path).to_pylist()]


def is_same_answer(one: str, other: str) -> bool:
    """Tell whether two answers are the same but for capitals and blanks, which a person who writes need not match."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _item(row: dict[str, Any]) -> Item:
    for name in ("explanations", "false_explanation"):
        row[name] = tuple(_explanation(each) for each in row[name])
    return Item(**{**row, "options": tuple(row["options"])})


def _explanation(row: dict[str, Any]) -> Explanation:
    return Explanation(row["method"], tuple(row["starts"]), tuple(row["ends"]), tuple(row["values"]))
