"""What items are chosen from: everything that a source has, with the labels that a person may choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from alambic.errors import UserError
from alambic.forms.page import Words
from alambic.studies.items import Explanation, Item, is_same_answer

WRITTEN = ("read_line",)  # kinds whose answer is written, not chosen
NO_CONFIDENCE = float("nan")


@dataclass(frozen=True)
class Pool:
    """Items whose options are not filled in yet, all labels of the task, and how options are worded where they are."""

    items: Sequence[Item]
    labels: Sequence[str] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    images: Mapping[str, Path | str] = field(default_factory=dict)  # by the item's `image`: a file, or its content
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many the source had besides, by reason


def new_item(source: str, *, right: str, advice: str, confidence: float = NO_CONFIDENCE, **rest: object) -> Item:
    """Make an item without a name; what is not said is empty."""
    given = {"text": "", "image": "", "question": "", "options": ()} | rest
    return Item(
        item="",
        kind="main",
        right=right,
        advice=advice,
        confidence=confidence,
        advice_right=is_same_answer(right, advice),
        source=source,
        **given,  # type: ignore[arg-type]
    )


def with_options(item: Item, pool: Pool, *, choices: int, seed: int) -> Item:
    """Fill in what a person chooses among: the right answer, the model's, and others by chance, by the alphabet."""
    if item.options:
        return item
    own = list(dict.fromkeys((item.right, item.advice)))
    others = sorted(set(pool.labels) - set(own))
    drawn = Random(f"{seed}/{item.source}/options").sample(others, min(len(others), max(0, choices - len(own))))
    return replace(item, options=tuple(sorted([*own, *drawn])))


def check_explanations(items: Sequence[Item], methods: Sequence[str]) -> None:
    """UserError where an item lacks the explanation by a method that is shown."""
    for item in items:
        there = [each.method for each in item.explanations]
        if missing := [method for method in methods if method not in there]:
            known = ", ".join(there) or "none"
            raise UserError(
                f"study: {item.source} has no explanation by '{missing[0]}' (it has {known}): have that method explain "
                "it, or take the condition out"
            )


def is_explained(explanations: Sequence[Explanation], methods: Sequence[str]) -> bool:
    """Tell whether all methods are there."""
    return set(methods) <= {each.method for each in explanations}
