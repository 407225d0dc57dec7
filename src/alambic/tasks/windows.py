"""Texts cut into overlapping windows of tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

OVERLAP = 4  # a quarter of a window is also in the next one: what is at an edge here has context there


@dataclass(frozen=True)
class Window:
    """Some consecutive tokens of one example."""

    example: int  # its place among those that were cut
    ids: list[int]
    # Of texts cut word by word: the word that begins at each token, or -1.
    words: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)


def cut(tokenizer: Any, texts: Sequence[str], *, max_length: int) -> list[Window]:
    """Tokenize texts into windows of at most `max_length` tokens, special ones included."""
    return [
        Window(number, list(ids))
        for number, text in enumerate(texts)
        for ids in _encoded(tokenizer, text, max_length=max_length)["input_ids"]
    ]


def cut_words(tokenizer: Any, texts: Sequence[Sequence[str]], *, max_length: int) -> list[Window]:
    """Tokenize texts that are lists of words into such windows: each word by itself, so that no token crosses its end.

    ["le", "coeur"] in the tokens [CLS] le co ##eur [SEP] -> words [-1, 0, 1, -1, -1]
    """
    windows = []
    for number, words in enumerate(texts):
        encoded = _encoded(tokenizer, words, max_length=max_length, is_split_into_words=True)
        for index, ids in enumerate(encoded["input_ids"]):
            windows.append(Window(number, list(ids), _first_tokens(encoded.word_ids(index))))
    return windows


def _encoded(tokenizer: Any, text: Any, *, max_length: int, is_split_into_words: bool = False) -> Any:
    return tokenizer(
        text,
        is_split_into_words=is_split_into_words,
        truncation=True,
        max_length=max_length,
        stride=max_length // OVERLAP,
        return_overflowing_tokens=True,
    )


def _first_tokens(words: Sequence[int | None]) -> list[int]:
    before = [None, *words[:-1]]
    return [-1 if word is None or word == last else word for word, last in zip(words, before, strict=True)]
