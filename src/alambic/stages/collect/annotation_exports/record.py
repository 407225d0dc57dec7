"""A text with its marked spans, and the checks that every format of annotations shares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class NotUnderstood(ValueError):
    """A record that a reader cannot take; the message is the reason."""


@dataclass(frozen=True)
class Mark:
    """Characters `start` to `end` of a text, end not included, under one label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Record:
    """One annotated text."""

    text: str
    marks: tuple[Mark, ...] = ()
    id: str = ""  # as its file gives it
    metadata: Mapping[str, Any] = field(default_factory=dict)


def checked_text(value: Any, name: str) -> str:
    """Give the text of a record; NotUnderstood where it is none, or empty."""
    if not isinstance(value, str):
        raise NotUnderstood(f"`{name}` is {value!r:.80}, expected a text")
    if not value.strip():
        raise NotUnderstood(f"`{name}` is empty")
    return value


def checked_mark(text: str, start: Any, end: Any, label: Any, mention: Any = None) -> Mark:
    """Check one span of `text`: offsets in characters, or in UTF-16 units where only these give its `mention`.

    Tools in a browser count a sign beyond U+FFFF as two. NotUnderstood for a span outside the text, an empty one, one
    without a label, or one whose mention is not what stands there.
    """
    if not all(isinstance(offset, int) and not isinstance(offset, bool) for offset in (start, end)):
        raise NotUnderstood(f"a span from {start!r:.40} to {end!r:.40}: expected two whole numbers")
    if not isinstance(label, str) or not label.strip():
        raise NotUnderstood(f"the span {start} to {end} has the label {label!r:.40}, expected a name")
    place = (start, end)
    if isinstance(mention, str) and text[start:end] != mention and (units := _by_units(text, start, end)) is not None:
        place = units if text[units[0] : units[1]] == mention else place
    start, end = place
    if not 0 <= start < end <= len(text):
        raise NotUnderstood(f"the span {start} to {end} ({label}) is not in its text of {len(text)} characters")
    if isinstance(mention, str) and text[start:end].split() != mention.split():
        raise NotUnderstood(f"the span {start} to {end} ({label}) reads {text[start:end]!r:.60}, not {mention!r:.60}")
    return Mark(start, end, label.strip())


def _by_units(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Turn offsets in UTF-16 units into characters; None where they cut a sign in two, or leave the text."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= start < end <= len(encoded) // 2:
        return None
    try:
        before, inside = encoded[: 2 * start].decode("utf-16-le"), encoded[2 * start : 2 * end].decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return len(before), len(before) + len(inside)


def unique(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Sort marks, each once."""
    return tuple(sorted(set(marks), key=lambda mark: (mark.start, mark.end, mark.label)))
