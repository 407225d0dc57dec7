"""What is explained: one answer to one text, and how the model's tokens are those of the text's words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from alambic.models.text_tokens import TextTokens
from alambic.models.word_tokens import WordTokens
from alambic.tasks.examples import Example
from alambic.tasks.windows import Window

WordPlaces = tuple[tuple[int, int], ...]  # the characters of each word


@dataclass(frozen=True, eq=False)
class Row:
    """The n tokens that a model reads at once, and the words of the text that each covers."""

    ids: np.ndarray  # (n,)
    first: np.ndarray  # (n,) the first word that each token covers, -1 for none
    last: np.ndarray  # (n,) the last one
    kinds: tuple[int, ...] = ()  # of which of two texts each is, where the model is told
    target: tuple[int, ...] = ()  # the tokens that a model is to have written
    own: tuple[int, ...] = ()  # the places among these of what is explained
    places: tuple[int, ...] = ()  # the tokens at which the answer is read, where these are not all or the first

    def __len__(self) -> int:
        return len(self.ids)

    def covers(self, hidden: np.ndarray) -> np.ndarray:
        """Tell of each token whether it covers a hidden word: (words,) bool -> (n,) bool."""
        below = np.concatenate([[0], np.cumsum(hidden)])
        return (self.first >= 0) & (below[self.last + 1] > below[np.maximum(self.first, 0)])


@dataclass(frozen=True, eq=False)
class Case:
    """One answer to one example, with all that a model reads of it."""

    example: Example
    text: str
    words: WordPlaces
    target: str  # as it is shown: a label, a code, an entity such as "DISO 12-18", a text
    rows: tuple[Row, ...]
    wanted: Any = None  # what the target's own scorer must know of it

    def hide(self, hidden: np.ndarray, fill: int) -> Self:
        """Put the token `fill` in the place of those of hidden words, (words,) bool."""
        if not hidden.any():
            return self
        rows = tuple(replace(row, ids=np.where(row.covers(hidden), fill, row.ids)) for row in self.rows)
        return replace(self, rows=rows)

    def by_word(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """Sum values of tokens, of each row (n,), over words: (words,). One of several words is shared out."""
        summed = np.zeros(len(self.words))
        for row, of_row in zip(self.rows, values, strict=True):
            for token in np.flatnonzero(row.first >= 0).tolist():
                begin, end = row.first[token], row.last[token] + 1
                summed[begin:end] += of_row[token] / (end - begin)
        return summed

    def unread(self) -> int:
        """Count words that no row has."""
        read = np.zeros(len(self.words), bool)
        for row in self.rows:
            for token in np.flatnonzero(row.first >= 0).tolist():
                read[row.first[token] : row.last[token] + 1] = True
        return int((~read).sum())


def row_of(window: Window) -> Row:
    """Take a window of a text that was cut for its words."""
    assert window.tokens is not None and window.covered is not None
    return row_of_tokens(window.tokens, window.covered)


def row_of_tokens(tokens: TextTokens, covered: WordTokens) -> Row:
    """Join the tokens of a text, special ones included, and the words of those that are not special."""
    first, last = (np.full(len(tokens.ids), -1) for _ in range(2))
    first[~tokens.special], last[~tokens.special] = covered.first, covered.last
    return Row(tokens.ids, first, last)
