"""What fine-tuning learns from a corpus: windows of its texts, with what a fine-tuned teacher says of them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from alambic.batched import batched
from alambic.data.documents import Document, read_documents
from alambic.data.ragged_array import Field, RaggedArray, open_or_write
from alambic.data.signal_store import check_signal, facts_of, key_of, stored_rows, zip_with_corpus
from alambic.errors import UserError
from alambic.stages.finetune.stored_entities import StoredEntities
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, LabelledWindow
from alambic.tasks.windows import Window
from alambic.tasks.words import word_offsets

DOCUMENTS_AT_ONCE = 256
COLUMNS = ("probabilities", "said")  # of a stored signal, the name that it bears and the one that it bore


class Stored(Protocol):
    """How the rows of a signal become targets."""

    def targets(self, example: Example, row: dict[str, Any]) -> np.ndarray:
        """Give the targets of a whole text, as `gold_targets` of its head gives them."""
        ...

    def mark(self, labelled: LabelledWindow[Any]) -> LabelledWindow[Any]:
        """Mark in a window's targets what the teacher was not asked for."""
        ...


class StoredPredictions:
    """Probabilities of all labels, which are learnt as they are."""

    def __init__(self, head: Head[Any], signal: Path) -> None:
        self.head = head
        self.counts: dict[str, int] = {}  # nothing is passed over
        _check_labels(signal, head.labels)

    def targets(self, example: Example, row: dict[str, Any]) -> np.ndarray:
        """Read probabilities."""
        return self.head.soft_targets(next(row[column] for column in COLUMNS if column in row))

    def mark(self, labelled: LabelledWindow[Any]) -> LabelledWindow[Any]:
        """Mark nothing: each label has its probability."""
        return labelled


class PseudoLabelled:
    """Windows of a corpus that a fine-tuned teacher answered, on disk."""

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
        min_probability: float = 0.0,
        min_agreement: float = 0.0,
    ) -> None:
        check_signal(signal, None)
        self.stored: StoredPredictions | StoredEntities = (
            StoredEntities(head, signal, min_probability=min_probability, min_agreement=min_agreement)
            if "types" in facts_of(signal)
            else StoredPredictions(head, signal)
        )
        fields = {"ids": Field("tokens", np.int32), "targets": head.targets_on_disk()}
        pairs = zip_with_corpus(
            read_documents(corpus, part="train"), ((key_of(row), row) for row in stored_rows(signal))
        )
        rows = _windows(pairs, head, tokenizer, self.stored, max_length=max_length)
        counts = self.stored.counts
        self._rows: RaggedArray = open_or_write(folder, fields, rows, lambda: dict(counts), write=write)
        self.facts: dict[str, int] = self._rows.facts
        self.lengths: list[int] = self._rows.lengths("tokens").tolist()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> LabelledWindow[Window]:
        row = self._rows[index]
        window = Window(-1, row["ids"].tolist())
        return LabelledWindow(window, row["targets"].astype(np.float32))


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
    pairs: Iterable[tuple[Document, dict[str, Any]]],
    head: Head[Window],
    tokenizer: Any,
    stored: Stored,
    *,
    max_length: int,
) -> Iterator[dict[str, np.ndarray]]:
    """Yield the windows of which anything is known, as rows of arrays."""
    for batch in batched(pairs, DOCUMENTS_AT_ONCE):
        examples = [Example(document.id, document.text, (), word_offsets(document.text)) for document, _ in batch]
        targets = [stored.targets(example, row) for example, (_, row) in zip(examples, batch, strict=True)]
        for window in head.encode(tokenizer, examples, max_length=max_length):
            labelled = head.label(window, targets[window.example])
            if labelled.targets.any():
                marked = stored.mark(labelled)
                yield {"ids": np.asarray(marked.window.ids), "targets": marked.targets}
