"""What fine-tuning learns from: windows of texts, each with what is known of it as probabilities of labels."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.batched import batched
from alambic.data.documents import Document, read_documents
from alambic.data.ragged_array import Field, RaggedArray, open_or_write
from alambic.data.signal_store import check_signal, facts_of, key_of, stored_rows, zip_with_corpus
from alambic.errors import UserError
from alambic.models.padding import padded
from alambic.tasks.examples import Example, Kind, TaskData, word_offsets
from alambic.tasks.windows import Window, cut

DOCUMENTS_AT_ONCE = 256


@dataclass(frozen=True)
class Known:
    """A window of n tokens, and what is known of it."""

    window: Window  # for spans its words are rows of `said`
    said: np.ndarray  # (1, labels), or (words, labels): probabilities; a row of zeros says nothing


class Answered:
    """Windows of the task's own texts, whose right answers people gave."""

    def __init__(self, tokenizer: Any, data: TaskData, *, length: int) -> None:
        self.kind, self.labels = data.kind, len(data.labels)
        numbers = {label: number for number, label in enumerate(data.labels)}
        answers = ([one.gold] if isinstance(one.gold, str) else one.gold for one in data.train)
        self.right = [np.array([numbers[label] for label in answer], int) for answer in answers]
        self.windows = cut(tokenizer, data.train, kind=data.kind, max_length=length)
        self.lengths = [len(window.ids) for window in self.windows]

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, place: int) -> Known:
        """Give 1 to each right label of each row, and 0 to the others."""
        window = self.windows[place]
        right = self.right[window.example]
        rows = np.zeros(len(right), int) if self.kind == "labels" else np.arange(len(right))
        said = np.zeros((1 if self.kind == "labels" else len(right), self.labels), np.float32)
        said[rows, right] = 1
        return Known(window, said)


class Predicted:
    """Windows of a corpus whose answers a fine-tuned teacher predicted, on disk."""

    def __init__(
        self, tokenizer: Any, data: TaskData, *, length: int, corpus: Path, signal: Path, folder: Path, write: bool
    ) -> None:
        check_signal(signal, None)
        _check_labels(signal, data)
        spec = {
            "ids": Field("tokens", np.int32),
            "words": Field("tokens", np.int32),
            "said": Field("rows", np.float16, width=len(data.labels)),
        }
        said = ((key_of(row), row["said"]) for row in stored_rows(signal))
        pairs = zip_with_corpus(read_documents(corpus, part="train"), said)
        rows = _windows(pairs, tokenizer, data, length=length)
        self._rows: RaggedArray = open_or_write(folder, spec, rows, dict, write=write)
        self.lengths: list[int] = self._rows.lengths("tokens").tolist()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Known:
        found = self._rows[place]
        return Known(Window(-1, found["ids"].tolist(), found["words"].tolist()), found["said"].astype(np.float32))


def _check_labels(signal: Path, data: TaskData) -> None:
    """Refuse predictions of another task's labels, or of those of another part of its texts."""
    labels = json.loads(facts_of(signal)["labels"])
    if labels != list(data.labels):
        other = sorted({*labels} ^ {*data.labels})
        raise UserError(
            f"{signal} predicts {len(labels)} labels and the task has {len(data.labels)}, differing in {other[:5]}: "
            "the teacher must be fine-tuned on the same task"
        )


def _windows(
    pairs: Iterable[tuple[Document, bytes]], tokenizer: Any, data: TaskData, *, length: int
) -> Iterator[dict[str, np.ndarray]]:
    for batch in batched(pairs, DOCUMENTS_AT_ONCE):
        examples = [Example(one.id, one.text, (), word_offsets(one.text)) for one, _ in batch]
        said = [np.frombuffer(values, np.float16).reshape(-1, len(data.labels)) for _, values in batch]
        for window in cut(tokenizer, examples, kind=data.kind, max_length=length):
            found = {"ids": np.asarray(window.ids), "words": np.full(len(window.ids), -1), "said": said[window.example]}
            if data.kind == "spans":
                words = np.asarray(window.words)
                begun = words >= 0
                found["words"][begun], found["said"] = np.arange(begun.sum()), found["said"][words[begun]]
            if found["said"].any():
                yield found


@dataclass(frozen=True)
class Collator:
    """Stack windows with what is known of them: `known` (sequences, labels), or (sequences, tokens, labels)."""

    kind: Kind
    pad_id: int

    def __call__(self, windows: Sequence[Known]) -> dict[str, Tensor]:
        """Make a batch; of tags, only the first token of a word has one, the others have zeros."""
        batch = padded([one.window.ids for one in windows], fill=self.pad_id)
        if self.kind != "spans":
            return {**batch, "known": torch.from_numpy(np.concatenate([one.said for one in windows]))}
        shape = (*batch["input_ids"].shape, windows[0].said.shape[1])
        known = np.zeros(shape, np.float32)
        for row, one in enumerate(windows):
            words = np.asarray(one.window.words)
            known[row, : len(words)][words >= 0] = one.said[words[words >= 0]]
        return {**batch, "known": torch.from_numpy(known)}
