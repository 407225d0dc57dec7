"""Parts of a user's own data: those that the user made, and those that are drawn where there are none."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.tasks.connected_groups import components
from alambic.tasks.own_labels import one_label
from alambic.tasks.sampling import draw
from alambic.tasks.words import fold


@dataclass(frozen=True)
class Drawing:
    """How parts are drawn: their shares of the documents, and the column whose values stay together, if any."""

    test_share: float
    dev_share: float
    calibration_share: float
    group_column: str
    seed: int


@dataclass(frozen=True)
class Parts:
    """What is learnt from, what is set apart, and what is scored."""

    train: list[Document]
    dev: list[Document]
    calibration: list[Document]
    test: list[Document]
    rule: str  # how they were made, for the signature of a score
    facts: dict[str, int]


def split(train: Path, dev: Path | None, test: Path | None, how: Drawing) -> Parts:
    """Take the parts that are collected apart, and draw the others from `train`.

    What is drawn stays whole by groups: documents that agree in `group_column`, such as a patient, or in their folded
    text, are on one side. Groups are taken in an order that depends on their names and on `seed` alone, until a part
    has its share of the documents: a new document moves few others. UserError where `group_column` is missing, or where
    nothing is left to learn from or to score.
    """
    shares = {
        "test": 0.0 if test else how.test_share,
        "dev": 0.0 if dev else how.dev_share,
        "calibration": how.calibration_share,
    }
    documents = list(read_documents(train))
    part_of = _drawn(documents, shares, group_column=how.group_column, seed=how.seed)
    drawn = {name: [d for d in documents if part_of[d.id] == name] for name in ("train", *shares)}
    scored = list(read_documents(test)) if test else drawn["test"]
    for name, part in (("to learn from", drawn["train"]), ("to score", scored)):
        if not part:
            raise UserError(
                f"{train}: {len(documents)} documents leave none {name}, with test_share {how.test_share:g}"
                f"{f' and groups by {how.group_column!r}' if how.group_column else ''}: give more groups, or another "
                "share"
            )
    learnt = {fold(document.text).strip() for document in drawn["train"]}
    return Parts(
        train=drawn["train"],
        dev=list(read_documents(dev)) if dev else drawn["dev"],
        calibration=drawn["calibration"],
        test=scored,
        rule="given" if test else f"drawn:{how.test_share:g}:{how.group_column}:{how.seed}",
        facts={"test_texts_in_training": sum(fold(document.text).strip() in learnt for document in scored)},
    )


def texts_set_apart(parts: Parts, column: str = "") -> Iterator[str]:
    """Give the texts that are not learnt from: what was chosen on one part is not trained on for another.

    After them come those of `column`, where documents hold another text there, such as the second of a pair.
    """
    documents = [*parts.dev, *parts.calibration, *parts.test]
    yield from (document.text.strip() for document in documents)
    if column:
        yield from (text for document in documents if (text := one_label(document, column)))


def _drawn(documents: list[Document], shares: dict[str, float], *, group_column: str, seed: int) -> dict[str, str]:
    """Name the part of each document, by its id."""
    if sum(shares.values()) >= 1:
        total = " + ".join(f"{share:g}" for share in shares.values())
        raise UserError(f"test_share + dev_share + calibration_share: {total} leave nothing to learn from")
    trait = _traits(group_column)
    groups = components({document.id: trait(document) for document in documents})
    sizes = Counter(groups.values())
    in_order = sorted(sizes, key=lambda group: (draw("split", seed, group), group))
    part_of_group, place = {}, 0
    for name, share in shares.items():
        missing = share * len(documents)
        while missing > 0 and place < len(in_order):
            group = in_order[place]
            part_of_group[group], missing, place = name, missing - sizes[group], place + 1
    return {document.id: part_of_group.get(groups[document.id], "train") for document in documents}


def _traits(group_column: str) -> Callable[[Document], Iterable[tuple[str, str]]]:
    def of(document: Document) -> list[tuple[str, str]]:
        traits = [("text", fold(document.text).strip())]
        if group_column:
            if group_column not in document.metadata:
                columns = ", ".join(document.metadata) or "none"
                raise UserError(f"document {document.id} has no column '{group_column}'; its columns: {columns}")
            if value := document.metadata[group_column].strip():
                traits.append(("group", value))
        return traits

    return of
