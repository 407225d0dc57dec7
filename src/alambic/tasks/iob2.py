"""Entities as IOB2 tags on words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Offsets = Sequence[tuple[int, int]]


@dataclass(frozen=True, order=True)
class Span:
    """A mention: characters `start` to `end`, end not included."""

    start: int
    end: int
    label: str


def tag_names(labels: Iterable[str]) -> tuple[str, ...]:
    """List the IOB2 tags of `labels`, "O" first."""
    return ("O", *(f"{prefix}-{label}" for label in sorted(labels) for prefix in "BI"))


def to_tags(words: Offsets, spans: Iterable[Span]) -> tuple[str, ...]:
    """Tag every word that a span touches; where spans meet in one word, the first given keeps it."""
    tags = ["O"] * len(words)
    for span in spans:
        touched = [n for n, (start, end) in enumerate(words) if start < span.end and end > span.start]
        if touched and all(tags[number] == "O" for number in touched):
            for number in touched:
                tags[number] = f"{'B' if number == touched[0] else 'I'}-{span.label}"
    return tuple(tags)


def from_tags(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """List the (first word, word after the last, label) of the entities in well-formed IOB2 `tags`."""
    entities: list[tuple[int, int, str]] = []
    for number, tag in enumerate(tags):
        if tag.startswith("B-"):
            entities.append((number, number + 1, tag[2:]))
        elif tag.startswith("I-"):
            first, _, label = entities.pop()
            entities.append((first, number + 1, label))
    return entities


def entities_of(tags: Sequence[str], spans: Sequence[tuple[int, int, str]] | None = None) -> list[tuple[int, int, str]]:
    """List all entities of a text: those of its `tags`, or, where they nest, those that stand beside the tags."""
    return from_tags(tags) if spans is None else [(first, end, label) for first, end, label in spans]


def repair(tags: Sequence[str]) -> tuple[str, ...]:
    """Make any tags well-formed: an I that continues nothing of its own label begins an entity."""
    fixed: list[str] = []
    for tag in tags:
        continues = bool(fixed) and fixed[-1] != "O" and fixed[-1][2:] == tag[2:]
        fixed.append(f"B-{tag[2:]}" if tag.startswith("I-") and not continues else tag)
    return tuple(fixed)


def without(tags: Sequence[str], ignored: frozenset[int]) -> tuple[str, ...]:
    """Take out of `tags` every entity that has an ignored word."""
    counted = list(tags)
    for first, end, _ in from_tags(tags):
        if any(number in ignored for number in range(first, end)):
            counted[first:end] = ["O"] * (end - first)
    return tuple(counted)
