"""Drop what is no prose: tables, lists of key words, menus, the same sentence again and again.

The rules are those of Gopher (Rae et al. 2021, arXiv 2112.11446, table A1), with the thresholds that FineWeb2 (Penedo
et al. 2025, arXiv 2506.20920) chose for French, but for two, which would take three drug leaflets in four: figures may
be 0.3 of the words instead of 0.19, and repetition three times as frequent. docs/notes/cleaning.md has what they take.

Words are runs of letters and digits without case or accents, so that *l'* and *d'* are words, and 0,5 is two. Texts of
fewer than `min_words` words pass: labels are no prose, and the step `length` is there for what is too short.
"""

import re
from collections.abc import Callable, Iterator
from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeFloat, NonNegativeInt

from alambic.data.documents import Document
from alambic.stages.clean.folding import folded_words
from alambic.stages.clean.word_runs import hash_runs, hash_words

# FineWeb2's for French.
LITTLE = frozenset(
    ("de", "la", "le", "et", "a", "en", "l", "des", "du", "les", "est", "d", "un", "une", "il", "dans", "par", "au")
)
BULLETS = ("•", "-", "·", "–", "*", "●", "▪")
ELLIPSIS = re.compile(r"(?<!\.)\.{3}(?!\.)|…")  # more dots lead the eye through a table
BROKEN_OFF = ("...", "…")
MOST_FREQUENT = {2: 0.161, 3: 0.149, 4: 0.134}  # words of a run: share of the letters that the most frequent may have
REPEATED = {5: 0.15, 6: 0.141, 7: 0.131, 8: 0.121, 9: 0.111, 10: 0.1}  # the same: all that came before


def step(
    *,
    min_words: NonNegativeInt = 50,
    shortest_word: NonNegativeFloat = 2,
    longest_word: NonNegativeFloat = 11,
    alphabetic: Annotated[float, Field(ge=0, le=1)] = 0.7,
    little_words: NonNegativeInt = 2,
    symbols: Annotated[float, Field(ge=0, le=1)] = 0.1,
    bullets: Annotated[float, Field(ge=0, le=1)] = 0.9,
    ellipses: Annotated[float, Field(ge=0, le=1)] = 0.3,
    repeated_lines: Annotated[float, Field(ge=0, le=1)] = 0.264,
    repetition: NonNegativeFloat = 3.0,
) -> Callable[[Document], Document | str]:
    """Make the step.

    Kept are texts whose mean length of words lies between the two given, of whose words a share `alphabetic` at least
    bears a letter, that have so many different `little_words` (de, la, le...); with at most a share `symbols` of # and
    of ellipses to words, `bullets` and `ellipses` of lines that begin and end so, `repeated_lines` of lines that came
    before. FineWeb2's limits for runs of words that come again are multiplied by `repetition`.
    """

    def quality(document: Document) -> Document | str:
        words = folded_words(document.text)
        if len(words) < min_words:
            return document
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        return next(_reasons(document.text, words, lengths), document)

    def _reasons(text: str, words: list[str], lengths: np.ndarray) -> Iterator[str]:
        lines = [line for line in map(str.strip, text.splitlines()) if line]
        if not shortest_word <= lengths.mean() <= longest_word:
            yield "words too short or too long"
        if sum(not word.isdigit() for word in words) < alphabetic * len(words):
            yield "mostly figures"
        if len(LITTLE.intersection(words)) < little_words:
            yield "no sentence"
        if max(text.count("#"), len(ELLIPSIS.findall(text))) > symbols * len(words):
            yield "too many symbols"
        if sum(line.startswith(BULLETS) for line in lines) > bullets * len(lines):
            yield "nothing but a list"
        if sum(line.endswith(BROKEN_OFF) for line in lines) > ellipses * len(lines):
            yield "lines broken off"
        if len(lines) - len(set(lines)) > repeated_lines * len(lines):
            yield "repeats its lines"
        if repeats_itself(words, lengths, repetition):
            yield "repeats its words"

    return quality


def repeats_itself(words: list[str], lengths: np.ndarray, factor: float) -> bool:
    """Tell whether runs of words that come again make up too much of the letters."""
    hashes, letters = hash_words(words), int(lengths.sum())
    for length, share in MOST_FREQUENT.items():
        _, first, counts = np.unique(hash_runs(hashes, length), return_index=True, return_counts=True)
        most = np.argmax(counts)
        run = int(lengths[first[most] : first[most] + length].sum())
        if counts[most] > 1 and run * counts[most] > factor * share * letters:
            return True
    return any(
        int(lengths[_came_before(hash_runs(hashes, length), length, len(words))].sum()) > factor * share * letters
        for length, share in REPEATED.items()
    )


def _came_before(runs: np.ndarray, length: int, words: int) -> np.ndarray:
    """Mark the words of runs that came before."""
    again = np.ones(len(runs), bool)
    again[np.unique(runs, return_index=True)[1]] = False
    marks = np.zeros(words + 1, np.int64)
    places = np.flatnonzero(again)
    np.add.at(marks, places, 1)
    np.add.at(marks, places + length, -1)
    return np.cumsum(marks[:-1]) > 0
