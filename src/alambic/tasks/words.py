"""The words of a text, their plain form, and where entries of a lexicon stand among them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

# Words are runs of letters and digits; every other visible sign stands alone. A mark is part of what it follows.
WORD = re.compile(r"\w+|[^\w\s]")
WORDS = r"words=\w+|marks=joined"  # that rule, as the signature of a score names it
MARKS = "\u02ff"  # none comes up to here


def fold(text: str) -> str:
    """Reduce `text` to lower case without accents, one character or more for each of its characters.

    "Œdème aigu" -> "oedeme aigu"
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def word_offsets(text: str) -> tuple[tuple[int, int], ...]:
    """Give the (start, end) characters of the words of `text`: "l'os." -> ((0, 1), (1, 2), (2, 4), (4, 5))."""
    spans = tuple(match.span() for match in WORD.finditer(text))
    marked = not text.isascii() and any(unicodedata.category(letter)[0] == "M" for letter in text if letter > MARKS)
    return _with_marks(text, spans) if marked else spans


def _with_marks(text: str, spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join each combining mark to the word or sign before it, and what goes on with a word after its marks."""
    words: list[tuple[int, int]] = []
    open_word = False  # the last one is of letters
    for start, end in spans:
        mark = unicodedata.category(text[start])[0] == "M"
        letters = not mark and (text[start].isalnum() or text[start] == "_")
        touches = bool(words) and words[-1][1] == start
        if touches and (mark or (letters and open_word)):
            words[-1] = (words[-1][0], end)
        else:
            words.append((start, end))
            open_word = letters
    return tuple(words)


def folded_words(text: str, words: Iterable[tuple[int, int]]) -> list[str]:
    """Fold each word of `text`."""
    return [fold(text[start:end]) for start, end in words]


def longest_matches(
    folded: Sequence[str], lexicon: Mapping[tuple[str, ...], str], *, longest: int
) -> list[tuple[int, int, str]]:
    """Read `folded` words from left to right and take the longest entry of `lexicon` at each place.

    Give (first word, word after the last, label) of each; no entry has more than `longest` words.
    """
    matches, start = [], 0
    while start < len(folded):
        for size in range(min(longest, len(folded) - start), 0, -1):
            label = lexicon.get(tuple(folded[start : start + size]))
            if label is not None:
                matches.append((start, start + size, label))
                start += size
                break
        else:
            start += 1
    return matches
