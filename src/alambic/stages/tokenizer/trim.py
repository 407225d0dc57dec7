"""Which pieces of the base a French medical model keeps."""

import unicodedata
from functools import cache

# Besides Latin and Greek letters: Latin-1, modifiers and combining marks; punctuation, currency, arrows, mathematics.
BLOCKS = ((0x0000, 0x0370), (0x2000, 0x2C00))
SPACE = "▁"
LETTERS = set("abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûüÿ")


def essential_ids(pieces: list[str]) -> set[int]:
    """Return the single characters of Western scripts: with the space, they spell whatever has no piece of its own."""
    return {number for number, piece in enumerate(pieces) if len(piece) == 1 and is_western(piece)}


def best_french_ids(pieces: list[str], ranked: list[int], count: int) -> set[int]:
    """Return the first `count` ids of `ranked` that are written in the letters of French."""
    chosen: set[int] = set()
    for number in ranked:
        if len(chosen) >= count:
            break
        bare = pieces[number].removeprefix(SPACE)
        if len(bare) > 1 and set(bare.lower()) <= LETTERS:
            chosen.add(number)
    return chosen


@cache
def is_western(character: str) -> bool:
    """Tell whether French, Latin, Greek or formulas may be written with it."""
    if any(start <= ord(character) < end for start, end in BLOCKS):
        return True
    return unicodedata.name(character, "").startswith(("LATIN", "GREEK"))
