"""The sequences that an encoder reads with the words hidden that its teacher did not see either."""

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
from alambic.models.token_offsets import trimmed_spans
from alambic.stages.distill.examples.expectations import Expectations, Expected
from alambic.stages.distill.examples.sequences import windows
from alambic.stages.distill.examples.sketch_batch import fields, in_batch, targets_at


@dataclass(frozen=True)
class Masked:
    """One window of a document in one round: n student tokens, h of the hidden ones with the teacher's expectation."""

    ids: np.ndarray  # (n,) token ids, none replaced
    hidden: np.ndarray  # (n,) bool
    has_teacher_target: np.ndarray  # (n,) bool: hidden tokens of which there is a target of the teacher
    top: np.ndarray  # (h, k) ids
    codes: np.ndarray  # (h, k) uint8
    sampled: np.ndarray  # (h, m) ids
    tails: np.ndarray  # (h,) uint16
    entropies: np.ndarray  # (h,) nats
    multi_piece_log_probs: np.ndarray  # (h, 0): parts are hidden together, none is predicted after another


def masked(
    documents: Iterable[Document], tokenizer: Any, *, length: int, expectations: Expectations, processes: int = 1
) -> Iterator[Masked]:
    """Tokenise documents into windows of at most `length` tokens; yield each window in every round, one by one."""
    work = partial(_rounds_of, tokenizer, length, expectations.rounds)
    return parallel_map(work, zip_with_corpus(documents, expectations), processes=processes)


def _rounds_of(tokenizer: Any, length: int, rounds: int, pair: tuple[Document, Expected]) -> Iterator[Masked]:
    document, expected = pair
    for ids, offsets, special in windows(document.text, tokenizer, length=length):
        spans = trimmed_spans(document.text, offsets)
        spans[special] = 0  # stands for no text, and covers none
        for number in range(rounds):
            yield _masked(ids, spans, expected, np.flatnonzero(expected.rounds == number))


def _masked(ids: np.ndarray, spans: np.ndarray, expected: Expected, rows: np.ndarray) -> Masked:
    """Hide what covers a character that the teacher did not see; it has a target where both begin a token there.

    rows (h,) are those of the round. Tokens that begin at one character are parts of it: only the first has a target,
    unless all that is hidden is cut alike.
    """
    begins, ends = expected.begins[rows], expected.ends[rows]  # both ascend
    hidden = np.searchsorted(begins, spans[:, 1]) > np.searchsorted(ends, spans[:, 0], side="right")
    hidden &= spans[:, 1] > spans[:, 0]
    inside = (ends > spans[hidden, 0].min(initial=0)) & (begins < spans[hidden, 1].max(initial=0))
    if np.array_equal(spans[hidden], np.stack([begins[inside], ends[inside]], axis=1)):
        return Masked(ids, hidden, hidden, **targets_at(expected, rows[inside]))
    _, first = np.unique(begins, return_index=True)
    ours, mine = np.unique(np.where(hidden, spans[:, 0], -1), return_index=True)
    _, common, theirs = np.intersect1d(ours, begins[first], return_indices=True)
    has_target = np.zeros(len(ids), bool)
    has_target[mine[common]] = True
    return Masked(ids, hidden, has_target, **targets_at(expected, rows[first[theirs]]))


class MaskedSequences:
    """All the windows of a corpus in all their rounds, on disk; an example is one window in every round."""

    def __init__(self, folder: Path, windows: Iterable[Masked], *, expectations: Expectations, write: bool) -> None:
        self.rounds = expectations.rounds
        self._hidden = self._covered = 0
        flags = {name: Field("tokens", np.bool_) for name in ("hidden", "has_teacher_target")}
        spec = {"ids": Field("tokens", np.int32), **flags, **fields(expectations)}
        self._rows: RaggedArray = open_or_write(folder, spec, self._counted(windows), self._facts, write=write)
        self.coverage: float = self._rows.facts["coverage"]
        self.lengths = self._rows.lengths("tokens")[:: self.rounds]

    def __len__(self) -> int:
        return len(self._rows) // self.rounds

    def __getitem__(self, index: int) -> "list[partial[Masked]]":
        first = index * self.rounds
        return [partial(self._row, first + number) for number in range(self.rounds)]

    def _row(self, index: int) -> Masked:
        return Masked(**self._rows[index])

    def _counted(self, windows: Iterable[Masked]) -> Iterator[dict[str, np.ndarray]]:
        for window in windows:
            self._hidden += int(window.hidden.sum())
            self._covered += int(window.has_teacher_target.sum())
            yield vars(window)

    def _facts(self) -> dict[str, Any]:
        return {"coverage": round(self._covered / max(1, self._hidden), 4)}


def take_round(rounds: "list[partial[Masked]]", index: int, epoch: int) -> Masked:
    """Read the round of this epoch; after the last one the first comes again."""
    return rounds[epoch % len(rounds)]()


@dataclass(frozen=True)
class MaskedCollator:
    """Pad windows into a batch."""

    pad: int
    mask: int
    drawn: int  # ids and weights that the teacher gives for a token

    def __call__(self, examples: list[Masked]) -> dict[str, Tensor]:
        """Return ids, mask, target_ids and has_teacher_target (batch, tokens), and sketches of the p hidden tokens.

        target_ids are -100 where nothing is hidden; teacher_ids and weights (p, drawn) and entropies (p,).
        """
        shape = (len(examples), max(len(example.ids) for example in examples))
        ids, target_ids = np.full(shape, self.pad), np.full(shape, -100)
        mask, has_target = np.zeros(shape, np.int64), np.zeros(shape, bool)
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size] = np.where(example.hidden, self.mask, example.ids), 1
            target_ids[row, :size] = np.where(example.hidden, example.ids, -100)
            has_target[row, :size] = example.has_teacher_target
        arrays = {"ids": ids, "mask": mask, "target_ids": target_ids, "has_teacher_target": has_target}
        where = np.concatenate([example.has_teacher_target[example.hidden] for example in examples])
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return batch | in_batch(examples, where, drawn=self.drawn)
