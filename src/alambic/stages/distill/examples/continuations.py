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
from alambic.data.ragged_array import Field, RaggedArray, open_or_write
from alambic.data.signal_store import zip_with_corpus
from alambic.data.worker_pool import parallel_map
from alambic.models.text_tokens import tokenize_document
from alambic.stages.distill.examples.expectations import Expectations, Expected, rows_of
from alambic.stages.distill.examples.sketch_batch import TARGET_FIELDS, fields, in_batch, targets_at
from alambic.stages.distill.piece_alignment import multi_piece_log_probs
from alambic.stages.distill.student.vocabulary import Parts


@dataclass(frozen=True)
class Continuation:
    """A part of a document: n tokens, all but the first predicted, h of these with the teacher's expectation."""

    ids: np.ndarray  # (n,) token ids
    has_teacher_target: np.ndarray  # (n,) bool: of which tokens there is a target of the teacher; never of the first
    top: np.ndarray  # (h, k) ids
    codes: np.ndarray  # (h, k) uint8
    sampled: np.ndarray  # (h, m) ids
    tails: np.ndarray  # (h,) uint16
    entropies: np.ndarray  # (h,) nats
    # (h, 2) nats, of the teacher's parts of each token; (h, 0) where no token has several
    multi_piece_log_probs: np.ndarray

    def after(self, cut: int, start: int) -> "Continuation":
        """Give what follows the first `cut` tokens, after a token `start`."""
        before = int(self.has_teacher_target[:cut].sum())
        targets = {name: getattr(self, name)[before:] for name in TARGET_FIELDS}
        has_target = np.append(False, self.has_teacher_target[cut:])
        return Continuation(np.asarray([start, *self.ids[cut:]]), has_target, **targets)


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

    Where the tokenizer has a token that ends texts, it follows each document, and is predicted as any other.
    `parts` are the teacher's pieces that each of the student's stands for, where some stand for several. A window
    begins with the last token of the one before it, so that every token is predicted once.
    """
    pairs = zip_with_corpus(documents, expectations) if expectations else ((document, None) for document in documents)
    return parallel_map(partial(_continuations_of, tokenizer, first, length, parts), pairs, processes=processes)


def _continuations_of(
    tokenizer: Any, first: int, length: int, parts: Parts | None, pair: tuple[Document, Expected | None]
) -> Iterator[Continuation]:
    document, expected = pair
    tokens = tokenize_document(tokenizer, document.text)
    ids, ends = np.asarray([first, *tokens.ids]), tokens.ends
    rows = np.full(len(ends), -1) if expected is None else _rows(ids[1:], ends, expected)
    for start in range(0, len(ends), length - 1):
        yield _passage(ids[start : start + length], rows[start : start + length - 1], expected, parts)


def _rows(ids: np.ndarray, ends: np.ndarray, expected: Expected) -> np.ndarray:
    if np.array_equal(ids, expected.tokens):  # cut alike: even tokens within a character are about the same thing
        return np.arange(len(ids))
    return rows_of(ends, expected.ends)


def _passage(ids: np.ndarray, rows: np.ndarray, expected: Expected | None, parts: Parts | None) -> Continuation:
    has_target = rows >= 0
    longer = None
    if expected is not None and parts:
        longer = multi_piece_log_probs(
            ids[1:][has_target], rows[has_target], expected.tokens, expected.target_log_probs, parts
        )
    return Continuation(ids, np.append(False, has_target), **targets_at(expected, rows[has_target], longer))


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
        self.predicted = self.covered = 0
        spec = {
            "ids": Field("tokens", np.int32),
            "has_teacher_target": Field("tokens", np.bool_),
            **fields(expectations, longer=longer),
        }
        spec |= further or {}
        self._rows: RaggedArray = open_or_write(folder, spec, self._counted(passages), self._facts, write=write)
        self.coverage: float | None = self._rows.facts["coverage"] if expectations or further else None
        self.lengths = self._rows.lengths("tokens")

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Continuation:
        return self.kind(**self._rows[index])

    def _counted(self, passages: Iterable[Continuation]) -> Iterator[dict[str, np.ndarray]]:
        for passage in passages:
            self.predicted += len(passage.ids) - 1
            self.covered += int(passage.has_teacher_target.sum())
            yield vars(passage)

    def _facts(self) -> dict[str, Any]:
        return {"coverage": round(self.covered / max(1, self.predicted), 4)}


@dataclass(frozen=True)
class PassageCollator:
    """Pad continuations into a batch."""

    pad: int
    drawn: int  # ids and weights that the teacher gives for a token; 0 without a teacher
    only_teacher_targets: bool = False  # predict nothing else

    def __call__(self, examples: list[Continuation]) -> dict[str, Tensor]:
        """Return ids, mask, target_ids and has_teacher_target (batch, tokens), and of the p predicted tokens the rest.

        target_ids are -100 where nothing is predicted; has_teacher_target (bool) is true where the teacher's
        distribution, or text, is learnt; the rest is that of `in_batch`, in the order of the tokens.
        """
        width = max(len(example.ids) for example in examples)
        shape = (len(examples), width)
        ids, target_ids = np.full(shape, self.pad), np.full(shape, -100)
        mask, has_target = np.zeros(shape, np.int64), np.zeros(shape, bool)
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size] = example.ids, 1
            target_ids[row, : size - 1] = example.ids[1:]
            has_target[row, : size - 1] = example.has_teacher_target[1:]
        target_ids = np.where(has_target, target_ids, -100) if self.only_teacher_targets else target_ids
        arrays = {"ids": ids, "mask": mask, "target_ids": target_ids, "has_teacher_target": has_target}
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        if not self.drawn:
            return batch
        where = np.concatenate([example.has_teacher_target[1:] for example in examples])
        return batch | in_batch(examples, where, drawn=self.drawn)
