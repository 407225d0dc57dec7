"""What an experiment may hold before anything is known of its settings: plain values that every program can pass on."""

import datetime
import math
import re
from collections.abc import Iterator
from typing import Any

from alambic.settings.parsing import DEEPEST, shortened

LARGEST = 2**63 - 1  # what files and libraries hold as a whole number
# What no argument, file name or text of UTF-8 can hold.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def problems(value: Any, place: str = "", depth: int = 0) -> Iterator[str]:
    """Yield a line for each value that is none of the plain ones: its place, and what is expected."""
    prefix = f"{place}: " if place else ""
    if depth > DEEPEST:
        yield f"{prefix}lists and mappings within each other, more than {DEEPEST} deep"
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(key, str):
                yield from problems(key, place, DEEPEST)
            else:
                yield f"{prefix}the key {shortened(key)} is not read as a text: put it in quotes"
            yield from problems(inner, f"{place}.{key}" if place else str(key), depth + 1)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from problems(inner, f"{place}.{index}" if place else str(index), depth + 1)
    elif isinstance(value, str):
        if found := UNPRINTABLE.search(value):
            yield f"{prefix}{shortened(value)}: the character {found[0]!r} is not allowed in a text; leave it out"
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            yield f"{prefix}{shortened(value)}: too large a whole number; expected at most 2^63 - 1 ({LARGEST})"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield f"{prefix}{value}: expected a finite number"
    elif isinstance(value, datetime.date):
        yield f"{prefix}{value}: a day is written as a text: put it in quotes"
    else:
        yield f"{prefix}{shortened(value)}: expected a text, a number, true, false, a list or a mapping"
