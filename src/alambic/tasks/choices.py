"""Answers to choose from, as tables hold them."""

import json

from alambic.errors import UserError

LETTERS = "abcdefghijklmnopqrstuvwxyz"  # names of answers that come without


def read_choices(written: str) -> tuple[tuple[str, str], ...]:
    """Read the answers to a question: JSON, an object of them by their names, or a list.

    '{"a": "Oui", "b": "Non"}' and '["Oui", "Non"]' -> (("a", "Oui"), ("b", "Non")); "" -> (). UserError for what is
    neither.
    """
    if not written.strip():
        return ()
    try:
        found = json.loads(written)
    except ValueError:
        found = None
    if isinstance(found, list) and len(found) <= len(LETTERS):
        found = dict(zip(LETTERS, found, strict=False))
    if not isinstance(found, dict) or not all(isinstance(text, str) and text.strip() for text in found.values()):
        raise UserError(
            f'answers to choose from: {written[:80]!r}: expected JSON such as {{"a": "Aspirine", "b": "Digoxine"}}, or '
            "a list of at most 26 texts"
        )
    return tuple((str(name), text.strip()) for name, text in found.items())
