"""Texts cut into overlapping windows of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alambic.batched import batched
from alambic.models.text_tokens import TextTokens
from alambic.models.text_tokens import cut as cut_tokens
from alambic.models.word_tokens import WordTokens

OVERLAP = 4  # a quarter of a window is also in the next one: what is at an edge here has context there
TEXTS_AT_ONCE = 256


@dataclass(frozen=True)
class Window:
    """Some consecutive tokens of one example."""

    example: int  # its place among those that were cut
    ids: list[int]
    # Of texts that are read for their words: the word that begins at each token, or -1.
    words: list[int] = field(default_factory=list)
    tokens: TextTokens | None = None  # of these texts, with their places
    covered: WordTokens | None = None  # the words of its text's tokens that are not special

    def __len__(self) -> int:
        return len(self.ids)


def overlap_of(max_length: int) -> int:
    """Give how many tokens two windows share."""
    return max_length // OVERLAP


def cut(tokenizer: Any, texts: Sequence[str], *, max_length: int) -> list[Window]:
    """Tokenize texts into windows of at most `max_length` tokens, special ones included."""
    return [
        Window(start + window.text, window.ids.tolist())
        for start, some in _batches(texts)
        for window in cut_tokens(tokenizer, some, longest=max_length, overlap=overlap_of(max_length))
    ]


def cut_words(
    tokenizer: Any, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]], *, max_length: int
) -> list[Window]:
    """Tokenize running texts into such windows, and find their words, given as character offsets, among the tokens.

    "le coeur" in the tokens [CLS] le co ##eur [SEP] -> words [-1, 0, 1, -1, -1]
    """
    windows = []
    for start, some in _batches(texts):
        by_text: list[list[TextTokens]] = [[] for _ in some]
        for window in cut_tokens(tokenizer, some, longest=max_length, overlap=overlap_of(max_length)):
            by_text[window.text].append(window)
        for number, parts in enumerate(by_text):
            covered = WordTokens.of(some[number], whole_offsets(parts), words[start + number])
            windows += [_with_words(start + number, part, covered) for part in parts]
    return windows


def whole_offsets(windows: Sequence[TextTokens]) -> np.ndarray:
    """Give the offsets (n, 2) of all tokens of a text, special ones left out, from all of its windows."""
    size = max((window.first + int((~window.special).sum()) for window in windows), default=0)
    offsets = np.zeros((size, 2), np.int64)
    for window in windows:
        of_text = window.offsets[~window.special]
        offsets[window.first : window.first + len(of_text)] = of_text
    return offsets


def _with_words(example: int, tokens: TextTokens, covered: WordTokens) -> Window:
    of_text = ~tokens.special
    part = covered.part(tokens.first, tokens.first + int(of_text.sum()))
    words = np.full(len(tokens.ids), -1)
    words[of_text] = part.begun()
    return Window(example, tokens.ids.tolist(), words.tolist(), tokens, part)


def _batches(texts: Sequence[str]) -> list[tuple[int, list[str]]]:
    parts = list(batched(texts, TEXTS_AT_ONCE))
    return [(number * TEXTS_AT_ONCE, part) for number, part in enumerate(parts)]
