"""Rows out of JSON, an object a line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from alambic.data.rejected import Rejections
from alambic.stages.collect.lines import Line, Row, wrong_encoding

MOST_DIGITS = 4000  # of a number; Python converts 4,300 at most


def read(lines: Iterable[Line], encoding: str, rejections: Rejections) -> Iterator[Row]:
    """Yield the objects; a text alone on its line is one with the column `text`. What is neither is rejected."""
    for line in lines:
        content = line.text.strip().removeprefix("\ufeff")  # of a file that was joined to another
        if not content:
            continue
        try:
            row = loads(content)
            if reason := wrong_encoding(content, encoding):
                raise ValueError(reason)
            if isinstance(row, str):
                row = {"text": row}
            if not isinstance(row, dict):
                raise ValueError(f'{type(row).__name__}, expected an object such as {{"text": ...}}')
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            rejections.add(line.place, f"not a readable jsonl line ({reason})", line.text)
            continue
        yield Row(line.rank, line.place, row)


def loads(content: str | bytes) -> Any:
    """Read JSON; NaN is null, a number of any length keeps its digits. ValueError for a key that is there twice."""
    return json.loads(content, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key '{twice[:80]}' is there twice")
    return whole


def _constant(name: str) -> float | None:
    return None if name == "NaN" else float(name)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits
