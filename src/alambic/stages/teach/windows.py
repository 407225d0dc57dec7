"""What a teacher reads at once: documents cut to its length, grouped by length."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

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
    encoded = tokenizer(
        texts,
        return_offsets_mapping=True,
        return_overflowing_tokens=True,
        truncation=True,
        max_length=longest,
        add_special_tokens=special,
    )
    windows: list[Window] = []
    for number, owner in enumerate(encoded["overflow_to_sample_mapping"]):
        index = windows[-1].index + 1 if windows and windows[-1].owner == owner else 0
        offsets = np.asarray(encoded["offset_mapping"][number]).reshape(-1, 2)
        windows.append(Window(owner, index, encoded["input_ids"][number], offsets))
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
