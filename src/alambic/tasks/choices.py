"""Answers to choose from, as tables hold them."""

import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from alambic.errors import UserError

LETTERS = "abcdefghijklmnopqrstuvwxyz"  # names of answers that come without
NO_CHARACTER = re.compile("[\0\ud800-\udfff]")


def read_choices(written: str) -> tuple[tuple[str, str], ...]:
    """Read the answers to a question: JSON, an object of them by their names, or a list.

    '{"a": "Oui", "b": "Non"}' and '["Oui", "Non"]' -> (("a", "Oui"), ("b", "Non")); "" -> (). UserError for what is
    neither, for a name that comes twice, and for a sign that is no character of a text.
    """
    if not written.strip():
        return ()
    try:
        found = json.loads(written, object_pairs_hook=_by_name)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and len(found) <= len(LETTERS):
        found = dict(zip(LETTERS, found, strict=False))
    if not isinstance(found, dict) or not all(isinstance(text, str) and text.strip() for text in found.values()):
        raise UserError(
            f'answers to choose from: {written[:80]!r}: expected JSON such as {{"a": "Aspirine", "b": "Digoxine"}}, or '
            "a list of at most 26 texts"
        )
    for name, text in found.items():
        if strange := NO_CHARACTER.search(name + text):
            raise UserError(
                f"answers to choose from: {name!r:.60}: {text!r:.60}: U+{ord(strange[0]):04X} is no character of a text"
            )
    return tuple((name, text.strip()) for name, text in found.items())


def contradict(choices: Sequence[tuple[str, str]], right: Collection[str]) -> bool:
    """Tell whether a right and a wrong answer look the same."""
    texts = [(name in right, appearance(text)) for name, text in choices]
    return bool({text for is_right, text in texts if is_right} & {text for is_right, text in texts if not is_right})


def appearance(text: str) -> str:
    """Give what a person tells texts apart by: without capitals, signs that are not seen, and how accents are encoded.

    Superscripts stay: 10⁶ is not 106.
    """
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen.casefold()).split())


def _by_name(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError(f"answers to choose from: the name {twice!r:.60} comes twice: give each answer its own")
    return found
