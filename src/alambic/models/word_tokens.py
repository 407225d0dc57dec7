"""Which tokens of a running text stand for which of its words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alambic.models.token_offsets import trimmed_spans


@dataclass(frozen=True)
class WordTokens:
    """Of n tokens the words that they cover, and of w words the tokens that begin them.

    A word's token is the one that covers its first character, or the first that touches it. A token may cover several
    words: it is the token of each that it begins.
    """

    first: np.ndarray  # (n,) the first word that each token covers, -1 for none
    last: np.ndarray  # (n,) the last one
    continues: np.ndarray  # (n,) bool: another token began its first word
    following: np.ndarray  # (n,) the first word that does not end before each token; w where there is none
    tokens: np.ndarray  # (w,) the token of each word, -1 for none

    @classmethod
    def of(cls, text: str, offsets: np.ndarray, words: Sequence[tuple[int, int]]) -> "WordTokens":
        """Match tokens with offsets (n, 2), and words, both in the order of the text."""
        spans = trimmed_spans(text, offsets)
        starts, ends = np.asarray(words, np.int64).reshape(-1, 2).T
        begins, stops = spans.T
        shown = stops > begins
        following = np.searchsorted(ends, begins, side="right")
        last = np.searchsorted(starts, stops, side="left") - 1
        covers = shown & (last >= following)
        visible = np.flatnonzero(shown)
        tokens = np.full(len(starts), -1)
        found = np.searchsorted(np.maximum.accumulate(stops[visible]), starts, side="right")
        exists = found < len(visible)
        exists[exists] = begins[visible[found[exists]]] < ends[exists]
        tokens[exists] = visible[found[exists]]
        first = np.where(covers, following, -1)
        continues = covers.copy()
        continues[covers] = tokens[first[covers]] != np.flatnonzero(covers)
        return cls(first, np.where(covers, last, -1), continues, following, tokens)

    def begun(self) -> np.ndarray:
        """Give the word that begins at each token, the first of several; -1 for none (n,)."""
        words = np.where(self.continues, self.first + 1, self.first)
        return np.where((self.first >= 0) & (words <= self.last), words, -1)

    def part(self, begin: int, end: int) -> "WordTokens":
        """Give some of the tokens; all words."""
        chosen = slice(begin, end)
        return WordTokens(
            self.first[chosen], self.last[chosen], self.continues[chosen], self.following[chosen], self.tokens
        )
