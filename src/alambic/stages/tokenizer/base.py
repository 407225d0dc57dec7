"""The tokenizer that a model came with, and what is learnt in addition."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from alambic.errors import UserError
from alambic.models.opening import open_tokenizer


@dataclass(frozen=True)
class LearntPiece:
    """A piece learnt from a corpus."""

    piece: str
    old_ids: tuple[int, ...]  # how the base cuts it
    parts: tuple[str, ...] = ()  # the two pieces that a merge joins


@dataclass(frozen=True)
class Base:
    """A tokenizer as transformers opens it, and as its tokenizer.json describes it."""

    fast: PreTrainedTokenizerFast
    content: dict[str, Any]

    @property
    def backend(self) -> Tokenizer:
        """The tokenizer without what transformers adds."""
        return self.fast.backend_tokenizer

    @cached_property
    def size(self) -> int:
        """Number of ids of the model, tokens added outside it not counted."""
        return len(self.content["model"]["vocab"])

    @cached_property
    def special_ids(self) -> list[int]:
        """Ids that stand for no text, in order."""
        return sorted({*(token["id"] for token in self.content["added_tokens"]), *self.fast.all_special_ids})


def open_base(folder: Path) -> Base:
    """Open the tokenizer of a model; UserError when it has no fast form."""
    fast = open_tokenizer(folder)
    if not isinstance(fast, PreTrainedTokenizerFast):
        raise UserError(f"tokenizer: {folder} has a {type(fast).__name__} without tokenizer.json, which is needed")
    # Some come with both set, and would count and keep nothing beyond the first tokens of a text.
    fast.backend_tokenizer.no_truncation()
    fast.backend_tokenizer.no_padding()
    return Base(fast, json.loads(fast.backend_tokenizer.to_str()))


def count_words(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[str]:
    """Count the words of `texts` as the tokenizer normalises them and splits them before it cuts them into pieces."""
    words: Counter[str] = Counter()
    normaliser, splitter = tokenizer.normalizer, tokenizer.pre_tokenizer
    for text in texts:
        normal = normaliser.normalize_str(text) if normaliser else text
        words.update([word for word, _ in splitter.pre_tokenize_str(normal)] if splitter else [normal])
    return words
