"""What a teacher reads at once: documents cut to its length, grouped by length."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from alambic.models import text_tokens

# Padded tokens per forward: bounds memory whatever the length of a document. More than this slows a CPU down, whose
# caches it leaves; a GPU wants many.
TOKENS_PER_FORWARD = {"cpu": 1024, "cuda": 65536}


@dataclass(frozen=True)
class Window:
    """A part of a document, of n tokens."""

    owner: int  # which document
    index: int  # which part of it
    ids: list[int]  # (n,)
    offsets: np.ndarray  # (n, 2) characters of the document; empty where a token stands for no text


Part = TypeVar("Part", bound=Window)


def cut(tokenizer: Any, texts: list[str], *, longest: int, special: bool = True) -> list[Window]:
    """Tokenise texts, and cut them into consecutive windows of at most `longest` tokens."""
    windows: list[Window] = []
    for tokens in text_tokens.cut(tokenizer, texts, longest=longest, special=special):
        index = windows[-1].index + 1 if windows and windows[-1].owner == tokens.text else 0
        windows.append(Window(tokens.text, index, tokens.ids.tolist(), tokens.offsets))
    return windows


def cut_documents(tokenizer: Any, texts: list[str], *, longest: int) -> list[Window]:
    """Tokenise whole documents for a model that writes, without special tokens but the one that ends each.

    Windows have `longest` tokens at most. A token that ends a document is only predicted, never read: it is one more.
    """
    windows: list[Window] = []
    for owner, tokens in enumerate(text_tokens.tokenize_documents(tokenizer, texts)):
        size = int((~tokens.special).sum())
        for index, begin in enumerate(range(0, size, longest)):
            end = begin + longest if begin + longest < size else len(tokens.ids)
            windows.append(Window(owner, index, tokens.ids[begin:end].tolist(), tokens.offsets[begin:end]))
    return windows


def batched(windows: list[Part], *, most: int) -> list[list[Part]]:
    """Group windows of like length, with at most `most` padded tokens together."""
    batches: list[list[Part]] = []
    for window in sorted(windows, key=lambda window: (-len(window.ids), window.owner, window.index)):
        if batches and len(batches[-1][0].ids) * (len(batches[-1]) + 1) <= most:
            batches[-1].append(window)
        else:
            batches.append([window])
    return batches
