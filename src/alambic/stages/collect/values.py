"""Cells of tables written as text."""

import json
import math
from typing import Any

from alambic.data.rejected import half_sign


def as_text(value: Any, encoding: str = "utf-8") -> str:
    """Write a cell as text; a missing one is empty, a nested one is JSON.

    ValueError for bytes that are not in `encoding`, and for half a sign.
    """
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray):
        try:
            return bytes(value).decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"bytes that are no text in {encoding.upper()} ({error.reason}): give their `encoding`, or leave "
                "their column out of the file"
            ) from error
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True, default=lambda inner: as_text(inner, encoding))
    return _joined(value if isinstance(value, str) else str(value))


def as_whole_text(value: Any, encoding: str) -> str:
    """Write a cell that has to hold a text; ValueError where it is missing, nested or a truth value."""
    if value is None:
        raise ValueError("no text (null)")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"no text ({value})")
    if isinstance(value, bool | list | dict | tuple):
        raise ValueError(f"{as_text(value, 'latin-1')[:80]} of type {type(value).__name__}, expected a text")
    return as_text(value, encoding)


def _joined(text: str) -> str:
    """Join the two halves of a sign that JSON writes apart (`\\ud83d\\ude00`); ValueError for a half alone."""
    if half_sign(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if reason := half_sign(text):
            raise ValueError(reason)
    return text
