"""Annotations that count characters of a text: they follow it when it is masked, or are dropped and counted.

Known are brat's lines (T1, name of the kind, offsets, words) and JSON: objects with a start and an end, lists that
begin with two offsets. One that touches a mark takes the whole mark. One that does not fit its text any more, because
an earlier step changed it, is dropped.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alambic.stages.clean.personal.numbers import Span

_BRAT = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t([^\n\r]*)")
_IS_BRAT = re.compile(r"(?m)^T\d+\t\S+ \d+ \d+")
_PAIRS = (
    ("start", "end"), ("begin", "end"), ("start_offset", "end_offset"), ("start_char", "end_char"), 
    ("from", "to"), ("debut", "fin"),
    ("startOffset", "endOffset"), ("start_index", "end_index"),
)  # fmt: skip
_LENGTHS = (("offset", "length"), ("start", "length"))
_WORDS = ("text", "mention", "word", "surface", "texte", "value", "span_text", "quote")


@dataclass
class Shift:
    """Where the characters of a text are once it is masked."""

    text: str
    masked: str
    spans: list[Span]
    dropped: int = 0
    _starts: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)  # of marks, in the masked text

    def __post_init__(self) -> None:
        moved = 0
        for start, end, kind in self.spans:
            self._starts.append(start)
            self._ends.append(start + moved + len(kind) + 2)
            moved += len(kind) + 2 - (end - start)

    def begin(self, place: int) -> int:
        """Give where an annotation begins that began at `place`."""
        return self._place(place, at_end=False)

    def end(self, place: int) -> int:
        """Give where an annotation ends that ended before `place`."""
        return self._place(place, at_end=True)

    def _place(self, place: int, *, at_end: bool) -> int:
        number = bisect_right(self._starts, place - at_end) - 1
        if number < 0:
            return place
        _, end, kind = self.spans[number]
        inside = place < end or (at_end and place <= end)
        if inside:
            return self._ends[number] if at_end else self._ends[number] - len(kind) - 2
        return self._ends[number] + place - end


def moved_lines(annotations: str, shift: Shift, change: Callable[[str], str]) -> str:
    """Move the lines of brat, and mask what others say; a line that does not fit its text goes."""
    changed = []
    for line in re.split(r"(?<=\n)", annotations):
        bare = line.rstrip("\r\n")
        match = _BRAT.fullmatch(bare)
        if match is None:
            changed.append(change(bare) + line[len(bare) :])
            continue
        name, kind, offsets, words = match.groups()
        parts = [(int(start), int(end)) for start, end in (part.split() for part in offsets.split(";"))]
        there = " ".join(shift.text[start:end] for start, end in parts)
        if there.split() != words.split() or any(not 0 <= start < end for start, end in parts):
            if shift.spans or change(words) != words:
                shift.dropped += 1
                continue
            changed.append(line)
            continue
        moved = list(dict.fromkeys((shift.begin(start), shift.end(end)) for start, end in parts))
        new_words = " ".join(shift.masked[start:end] for start, end in moved)
        new = ";".join(f"{start} {end}" for start, end in moved)
        changed.append(f"{name}\t{kind} {new}\t{words if moved == parts else new_words}{line[len(bare) :]}")
    return "".join(changed)


def is_brat(value: str) -> bool:
    """Tell annotations in brat's lines."""
    return bool(_IS_BRAT.search(value))


def moved_nested(value: Any, shift: Shift, *, lists: bool, depth: int = 0) -> Any:
    """Move offsets in nested objects, and, where asked, in lists; what does not fit its text goes."""
    if depth > 50:
        return value
    if isinstance(value, dict):
        keys = _offsets_of(value)
        moved = {name: moved_nested(inner, shift, lists=lists, depth=depth + 1) for name, inner in value.items()}
        moved = {name: inner for name, inner in moved.items() if inner is not _GONE}
        return moved if keys is None else _moved_object(moved, keys, shift)
    if isinstance(value, list):
        if (
            lists
            and len(value) in (2, 3, 4)
            and all(map(_is_offset, value[:2]))
            and all(isinstance(one, str) for one in value[2:])
        ):
            return [*_both(value[0], value[1], shift), *value[2:]] if _could_be_span(value, shift) else _dropped(shift)
        inner = [moved_nested(inner, shift, lists=lists, depth=depth + 1) for inner in value]
        return [one for one in inner if one is not _GONE]
    return value


def is_annotation(column: str) -> bool:
    """Tell by its name a column whose lists are offsets."""
    return bool(_COLUMN.search(column))


_COLUMN = re.compile(r"(?i)annot|entit|span|^labels?$|^ents$|^ner|offset|mention")
_GONE = object()


def _dropped(shift: Shift) -> Any:
    shift.dropped += 1
    return _GONE


def _offsets_of(value: dict[str, Any]) -> tuple[str, str, bool] | None:
    for first, second in _PAIRS:
        if _is_offset(value.get(first)) and _is_offset(value.get(second)):
            return first, second, False
    for first, second in _LENGTHS:
        if _is_offset(value.get(first)) and _is_offset(value.get(second)):
            return first, second, True
    return None


def _moved_object(value: dict[str, Any], keys: tuple[str, str, bool], shift: Shift) -> Any:
    first, second, is_length = keys
    start, end = value[first], value[first] + value[second] if is_length else value[second]
    words = next((name for name in _WORDS if isinstance(value.get(name), str)), None)
    if not _could_be_span([start, end], shift) or (words and shift.text[start:end].split() != value[words].split()):
        return _dropped(shift)
    new_start, new_end = _both(start, end, shift)
    after = {**value, first: new_start, second: new_end - new_start if is_length else new_end}
    if words and (new_start, new_end) != (start, end):
        after[words] = shift.masked[new_start:new_end]
    return after


def _both(start: int, end: int, shift: Shift) -> tuple[int, int]:
    return shift.begin(start), shift.end(end)


def _could_be_span(value: list[Any], shift: Shift) -> bool:
    return 0 <= value[0] < value[1] <= len(shift.text)


def _is_offset(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
