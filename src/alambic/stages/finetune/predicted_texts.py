"""What fine-tuning learns from a corpus: windows of its texts, with what a fine-tuned teacher predicts of them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from alambic.batched import batched
from alambic.data.documents import Document, read_documents
from alambic.data.ragged_array import Field, RaggedArray, open_or_write
from alambic.data.signal_store import check_signal, facts_of, key_of, stored_rows, zip_with_corpus
from alambic.errors import UserError
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, LabelledWindow
from alambic.tasks.windows import Window
from alambic.tasks.words import word_offsets

DOCUMENTS_AT_ONCE = 256
COLUMNS = ("probabilities", "said")  # of a stored signal, the name that it bears and the one that it bore


class PseudoLabelled:
    """Windows of a corpus whose answers a fine-tuned teacher predicted, on disk."""

    def __init__(
        self,
        head: Head[Window],
        tokenizer: Any,
        *,
        max_length: int,
        corpus: Path,
        signal: Path,
        folder: Path,
        write: bool,
    ) -> None:
        check_signal(signal, None)
        _check_labels(signal, head.labels)
        fields = {"ids": Field("tokens", np.int32), "targets": head.targets_on_disk()}
        stored = ((key_of(row), _stored_targets(row)) for row in stored_rows(signal))
        pairs = zip_with_corpus(read_documents(corpus, part="train"), stored)
        rows = _windows(pairs, head, tokenizer, max_length=max_length)
        self._rows: RaggedArray = open_or_write(folder, fields, rows, dict, write=write)
        self.lengths: list[int] = self._rows.lengths("tokens").tolist()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> LabelledWindow[Window]:
        row = self._rows[index]
        window = Window(-1, row["ids"].tolist())
        return LabelledWindow(window, row["targets"].astype(np.float32))


def _stored_targets(row: dict[str, Any]) -> bytes:
    stored: bytes = next(row[column] for column in COLUMNS if column in row)
    return stored


def _check_labels(signal: Path, expected: tuple[str, ...]) -> None:
    """Refuse predictions of another task's labels, or of those of another part of its texts."""
    labels = json.loads(facts_of(signal)["labels"])
    if labels != list(expected):
        differing = sorted({*labels} ^ {*expected})
        raise UserError(
            f"{signal} predicts {len(labels)} labels and the task has {len(expected)}, differing in {differing[:5]}: "
            "the teacher must be fine-tuned on the same task"
        )


def _windows(
    pairs: Iterable[tuple[Document, bytes]], head: Head[Window], tokenizer: Any, *, max_length: int
) -> Iterator[dict[str, np.ndarray]]:
    """Yield the windows of which anything is known, as rows of arrays."""
    for batch in batched(pairs, DOCUMENTS_AT_ONCE):
        examples = [Example(document.id, document.text, (), word_offsets(document.text)) for document, _ in batch]
        targets = [head.soft_targets(stored) for _, stored in batch]
        for window in head.encode(tokenizer, examples, max_length=max_length):
            labelled = head.label(window, targets[window.example])
            if labelled.targets.any():
                yield {"ids": np.asarray(labelled.window.ids), "targets": labelled.targets}
