"""The passages that a causal student continues, with what the teacher expected at each of their tokens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.data.documents import Document
from alambic.data.ragged_array import Field, Ragged, kept
from alambic.data.signal_store import beside
from alambic.data.worker_pool import parallel_map
from alambic.stages.distill.examples.expectations import Expectations, Expected, rows_of
from alambic.stages.distill.examples.sketch_batch import SAID, fields, in_batch, said_at
from alambic.stages.distill.losses import Predicted, shares
from alambic.stages.distill.piece_alignment import wholes
from alambic.stages.distill.student.vocabulary import Parts
from alambic.stages.distill.teacher_targets import Said


@dataclass(frozen=True)
class Continuation:
    """A part of a document: n tokens, all but the first predicted, h of these with the teacher's expectation."""

    ids: np.ndarray  # (n,) token ids
    heard: np.ndarray  # (n,) bool: whether the teacher said something of this token; never of the first
    top: np.ndarray  # (h, k) ids
    codes: np.ndarray  # (h, k) uint8
    sampled: np.ndarray  # (h, m) ids
    tails: np.ndarray  # (h,) uint16
    entropies: np.ndarray  # (h,) nats
    wholes: np.ndarray  # (h, 2) nats, of the teacher's parts of each token; (h, 0) where no token has several

    def after(self, cut: int, start: int) -> "Continuation":
        """Give what follows the first `cut` tokens, after a token `start`."""
        before = int(self.heard[:cut].sum())
        said = {name: getattr(self, name)[before:] for name in SAID}
        return Continuation(np.asarray([start, *self.ids[cut:]]), np.append(False, self.heard[cut:]), **said)


def continuations(
    documents: Iterable[Document],
    tokenizer: Any,
    *,
    first: int,
    length: int,
    expectations: Expectations | None,
    parts: Parts | None = None,
    processes: int = 1,
) -> Iterator[Continuation]:
    """Tokenise documents after a `first` token, and cut them into windows of at most `length` tokens.

    `parts` are the teacher's pieces that each of the student's stands for, where some stand for several. A window
    begins with the last token of the one before it, so that every token is predicted once.
    """
    pairs = beside(documents, expectations) if expectations else ((document, None) for document in documents)
    return parallel_map(partial(_continuations_of, tokenizer, first, length, parts), pairs, processes=processes)


def _continuations_of(
    tokenizer: Any, first: int, length: int, parts: Parts | None, pair: tuple[Document, Expected | None]
) -> Iterator[Continuation]:
    document, expected = pair
    encoded = tokenizer(document.text, add_special_tokens=False, return_offsets_mapping=True)
    ids = np.asarray([first, *encoded["input_ids"]])
    ends = np.asarray(encoded["offset_mapping"]).reshape(-1, 2)[:, 1]
    rows = np.full(len(ends), -1) if expected is None else _rows(ids[1:], ends, expected)
    for start in range(0, len(ends), length - 1):
        yield _passage(ids[start : start + length], rows[start : start + length - 1], expected, parts)


def _rows(ids: np.ndarray, ends: np.ndarray, expected: Expected) -> np.ndarray:
    if np.array_equal(ids, expected.tokens):  # cut alike: even tokens within a character are about the same thing
        return np.arange(len(ids))
    return rows_of(ends, expected.ends)


def _passage(ids: np.ndarray, rows: np.ndarray, expected: Expected | None, parts: Parts | None) -> Continuation:
    heard = rows >= 0
    known = None
    if expected is not None and parts:
        known = wholes(ids[1:][heard], rows[heard], expected.tokens, expected.labels, parts)
    return Continuation(ids, np.append(False, heard), **said_at(expected, rows[heard], known))


class Passages:
    """All the continuations of a corpus, on disk; `facts` has coverage, the share of tokens with an expectation."""

    def __init__(
        self,
        folder: Path,
        passages: Iterable[Continuation],
        *,
        expectations: Expectations | None,
        write: bool,
        kind: type[Continuation] = Continuation,
        further: dict[str, Field] | None = None,
        longer: bool = False,
    ) -> None:
        self.kind = kind
        self.predicted = self.heard = 0
        spec = {
            "ids": Field("tokens", np.int32),
            "heard": Field("tokens", np.bool_),
            **fields(expectations, longer=longer),
        }
        spec |= further or {}
        self._rows: Ragged = kept(folder, spec, self._counted(passages), self._facts, write=write)
        self.coverage: float | None = self._rows.facts["coverage"] if expectations or further else None
        self.lengths = self._rows.lengths("tokens")

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Continuation:
        return self.kind(**self._rows[place])

    def _counted(self, passages: Iterable[Continuation]) -> Iterator[dict[str, np.ndarray]]:
        for passage in passages:
            self.predicted += len(passage.ids) - 1
            self.heard += int(passage.heard.sum())
            yield vars(passage)

    def _facts(self) -> dict[str, Any]:
        return {"coverage": round(self.heard / max(1, self.predicted), 4)}


@dataclass(frozen=True)
class Collator:
    """Pad continuations into a batch."""

    pad: int
    drawn: int  # ids and weights that the teacher gives for a token; 0 without a teacher
    only_heard: bool = False  # predict nothing else

    def __call__(self, examples: list[Continuation]) -> dict[str, Tensor]:
        """Return ids, mask, labels and heard (batch, tokens), and of the p predicted tokens in that order the rest.

        labels are -100 where nothing is predicted; heard says where the teacher says something; the rest is that of
        `in_batch`.
        """
        width = max(len(example.ids) for example in examples)
        shape = (len(examples), width)
        ids, labels = np.full(shape, self.pad), np.full(shape, -100)
        mask, heard = np.zeros(shape, np.int64), np.zeros(shape, bool)
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size] = example.ids, 1
            labels[row, : size - 1], heard[row, : size - 1] = example.ids[1:], example.heard[1:]
        labels = np.where(heard, labels, -100) if self.only_heard else labels
        arrays = {"ids": ids, "mask": mask, "labels": labels, "heard": heard}
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        if not self.drawn:
            return batch
        where = np.concatenate([example.heard[1:] for example in examples])
        return batch | in_batch(examples, where, drawn=self.drawn)


def predicted(
    batch: dict[str, Tensor],
    states: Tensor,
    table: Tensor,
    *,
    first: Tensor | None,
    size: int,
    spans: Tensor | None = None,
) -> Predicted:
    """Gather what a student predicts in a batch, from its states (batch, tokens, width), and what is known of it."""
    chosen = batch["labels"] >= 0
    said = Said(
        batch["labels"][chosen],
        batch.get("teacher_ids"),
        batch.get("weights"),
        batch.get("entropies"),
        first,
        size,
        spans,
        batch.get("wholes"),
    )
    of_text = chosen & ~batch["own"][:, None] if "own" in batch else chosen  # nobody's text is what a student wrote
    of_teacher = shares(batch["heard"])[chosen] if "heard" in batch else None
    return Predicted(states[chosen], table, said, shares(of_text)[chosen], of_teacher)
