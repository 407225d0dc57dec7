"""Entities as runs of the tokens of windows of a text, and back: what a head needs that lists them.

An entity is in each window that has all of its tokens. Where windows overlap, the one counts that has more context
around it, on its poorer side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alambic.models.copied_lists import CopiedSource
from alambic.tasks.examples import Example, WordSpan
from alambic.tasks.windows import Window, cut_words


@dataclass(frozen=True)
class Part:
    """A window of a text: its n tokens of the text, and the words that they begin and end."""

    example: int
    ids: list[int]  # as the model reads them, special tokens included
    before: int  # special tokens before those of the text
    first: int  # the place, among the tokens of the text, of the first one
    source: CopiedSource
    begun: np.ndarray  # (n,) the word that begins at each token, the first of several; -1 for none
    ended: np.ndarray  # (n,) the word that ends with each token, the last of several; -1 for none
    starts: dict[int, int]  # the first token of each word
    stops: dict[int, int]  # and the last

    def tokens_of(self, entity: WordSpan) -> tuple[int, int] | None:
        """Give the first and the last token of an entity; None where the window does not have all of it."""
        first, last = self.starts.get(entity[0]), self.stops.get(entity[1] - 1)
        return None if first is None or last is None or first > last else (first, last)

    def words_of(self, place: tuple[int, int]) -> tuple[int, int] | None:
        """Give the first word of some tokens and the one after their last; None where they have no whole word."""
        first, end = int(self.begun[place[0]]), int(self.ended[place[1]]) + 1
        return (first, end) if first < end else None

    def context(self, first: int, last: int) -> int:
        """Give how many tokens stand around some tokens of the text, on the poorer side; -1 where not all are here."""
        begin, end = first - self.first, last - self.first
        if begin < 0 or end >= len(self.source.ids):
            return -1
        return min(self.before + begin, len(self.ids) - 1 - self.before - end)


def parts_of(tokenizer: Any, examples: Sequence[Example], *, length: int) -> list[Part]:
    """Cut texts into overlapping windows of at most `length` tokens, special ones included."""
    texts, words = [example.text for example in examples], [example.words for example in examples]
    by_example: list[list[Window]] = [[] for _ in examples]
    for window in cut_words(tokenizer, texts, words, max_length=length):
        by_example[window.example].append(window)
    return [part for windows in by_example for part in _parts(windows)]


def _parts(windows: Sequence[Window]) -> list[Part]:
    """Make those of one text; a word ends with the last token that covers any of it, whichever window has it."""
    stops: dict[int, int] = {}  # of each word, its last token among those of the text
    for window in windows:
        assert window.tokens is not None and window.covered is not None
        for place in np.flatnonzero(window.covered.first >= 0).tolist():
            for word in range(window.covered.first[place], window.covered.last[place] + 1):
                stops[word] = max(stops.get(word, -1), window.tokens.first + place)
    return [_part(window, stops) for window in windows]


def _part(window: Window, stops: dict[int, int]) -> Part:
    assert window.tokens is not None and window.covered is not None
    of_text, first = np.flatnonzero(~window.tokens.special), window.tokens.first
    places = range(len(of_text))
    starts = {w: t - first for w, t in enumerate(window.covered.tokens.tolist()) if t >= 0 and t - first in places}
    own_stops = {word: token - first for word, token in stops.items() if token - first in places}
    begun, ended = window.covered.begun(), np.full(len(of_text), -1)
    for word, place in sorted(own_stops.items()):
        ended[place] = word
    begins = frozenset(place for place, word in enumerate(begun.tolist()) if word in own_stops)  # all of it is here
    ends = frozenset(np.flatnonzero(ended >= 0).tolist())
    source = CopiedSource(window.tokens.ids[of_text].tolist(), begins, ends)
    before = int(of_text[0]) if len(of_text) else 0
    return Part(window.example, window.ids, before, first, source, begun, ended, starts, own_stops)


@dataclass(frozen=True)
class PlacedEntity:
    """An entity that a window's list has."""

    entity: WordSpan
    tokens: tuple[int, int]  # the first and the last, among the tokens of the text
    probability: float


@dataclass
class ReadLists:
    """What was written of one text: its entities, and how much could not be read."""

    entities: list[PlacedEntity] = field(default_factory=list)
    not_placed: int = 0


@dataclass(frozen=True)
class ListedEntities:
    """What was written of a whole text."""

    entities: list[PlacedEntity]
    not_placed: int  # that the text does not have as they were written, or that were cut off
    ended: bool  # the list of each window came to its end


def merged(parts: Sequence[Part], lists: Sequence[ReadLists]) -> list[PlacedEntity]:
    """Put together what the windows of a text have: each place is that of its window, and no two entities overlap."""
    candidates: list[tuple[int, PlacedEntity]] = []
    for number, (part, read) in enumerate(zip(parts, lists, strict=True)):
        for placed in read.entities:
            contexts = [other.context(*placed.tokens) for other in parts]
            if contexts.index(max(contexts)) == number:
                candidates.append((part.context(*placed.tokens), placed))
    chosen: list[PlacedEntity] = []
    for _, placed in sorted(candidates, key=lambda each: (-each[0], each[1].entity)):
        first, end, _ = placed.entity
        if all(end <= other.entity[0] or first >= other.entity[1] for other in chosen):
            chosen.append(placed)
    return sorted(chosen, key=lambda placed: placed.entity)
