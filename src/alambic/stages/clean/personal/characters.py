"""Classes of characters that the patterns share. Every quantifier of a pattern is bounded: time grows with the text."""

import re
from collections.abc import Iterator
from functools import lru_cache

from alambic.tasks.words import fold as fold_text

_LATIN = [chr(code) for code in range(0xC0, 0x250)]
UPPER = "A-Z" + "".join(letter for letter in _LATIN if letter.isupper())
LETTER = r"[^\W\d_]"
BLANK = r"[^\S\n]"  # of a line
MARKS = r"[\u0300-\u036f]"  # accents that stand apart from their letter
WORD = rf"[{UPPER}](?:{LETTER}|{MARKS}){{0,30}}" + (
    rf"(?:(?:[-\u2010\u2011]|['’](?=[{UPPER}]))(?:{LETTER}|{MARKS}){{1,30}}){{0,4}}"
)


fold = lru_cache(1 << 15)(fold_text)


@lru_cache(1)
def _lowered(text: str) -> str:
    return text.lower()


class Guarded:
    """A pattern that is tried only where one of the words is, of which each match has one: most texts have none."""

    def __init__(self, pattern: str, *words: str) -> None:
        self.pattern, self.words = re.compile(pattern), words

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find all matches in a text."""
        lowered = _lowered(text)
        return self.pattern.finditer(text) if any(word in lowered for word in self.words) else iter(())


def words(text: str) -> frozenset[str]:
    """Split a list of words."""
    return frozenset(text.split())
