"""A corpus as windows of tokens, in which each token of a document is predicted once, and its end too."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.batched import batched
from alambic.data.documents import Document
from alambic.data.ragged_array import Field, open_or_write
from alambic.models.text_tokens import tokenize_documents

DOCUMENTS_AT_ONCE = 64  # that are tokenized


def windows(
    documents: Iterable[Document], tokenizer: Any, *, start: int, longest: int, ends: bool = True
) -> Iterator[np.ndarray]:
    """Cut documents, each after a token `start`, into windows (tokens,).

    A window begins with the last token of the one before. With `ends`, the token that ends texts follows each document.
    """
    for batch in batched(documents, DOCUMENTS_AT_ONCE):
        for tokens in tokenize_documents(tokenizer, [document.text for document in batch]):
            ids = np.append(start, tokens.ids if ends else tokens.ids[~tokens.special]).astype(np.int32)
            for begin in range(0, len(ids) - 1, longest - 1):
                yield ids[begin : begin + longest]


class Windows:
    """Windows on disk, so that memory does not grow with the corpus."""

    def __init__(self, folder: Path, token_windows: Iterable[np.ndarray], *, write: bool) -> None:
        rows = ({"ids": window} for window in token_windows)
        self._rows = open_or_write(folder, {"ids": Field("tokens", np.int32)}, rows, dict, write=write)
        self.lengths = self._rows.lengths("tokens")

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> np.ndarray:
        return self._rows[index]["ids"]


class WindowCollator:
    """Pad windows into a batch."""

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, examples: list[np.ndarray]) -> dict[str, Tensor]:
        """Return ids and mask, (batch, tokens)."""
        width = max(map(len, examples))
        ids = torch.full((len(examples), width), self.pad)
        mask = torch.zeros(len(examples), width, dtype=torch.long)
        for row, window in enumerate(examples):
            ids[row, : len(window)] = torch.from_numpy(window.astype(np.int64))
            mask[row, : len(window)] = 1
        return {"ids": ids, "mask": mask}
