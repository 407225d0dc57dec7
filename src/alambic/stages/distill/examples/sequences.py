"""The sequences that an encoder reads, each with the teacher's vectors of it."""

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
from alambic.data.signal_store import Key, zip_with_corpus
from alambic.data.worker_pool import parallel_map
from alambic.models.text_tokens import cut
from alambic.models.token_offsets import trimmed_ends
from alambic.stages.distill.examples.hidden_states import Spread, StoredStates, StoredVectors, align


@dataclass(frozen=True)
class Sequence:
    """One window of a document: n student tokens, special ones included, and h teacher tokens in the same segments."""

    ids: np.ndarray  # (n,) token ids
    special: np.ndarray  # (n,) bool: tokens that stand for no text
    segments: np.ndarray  # (n,) segment of each token, -1 where no segment is shared with the teacher
    teacher_segments: np.ndarray  # (h,) segment of each of the teacher's tokens, from 0 without a gap
    states: np.ndarray  # (h, width) int8, of these tokens
    scales: np.ndarray  # (h,) float16
    draw: int = 0  # seeds what is drawn for this sequence in this epoch

    @property
    def count(self) -> int:
        """How many segments there are."""
        return int(self.teacher_segments[-1]) + 1 if len(self.teacher_segments) else 0


def sequences(
    documents: Iterable[Document],
    tokenizer: Any,
    *,
    length: int,
    signal: Iterable[tuple[Key, StoredVectors]] | None,
    processes: int = 1,
) -> Iterator[Sequence]:
    """Tokenise documents into windows of at most `length` tokens, aligned with the teacher's tokens."""
    pairs = zip_with_corpus(documents, signal) if signal is not None else ((document, None) for document in documents)
    return parallel_map(partial(_sequences_of, tokenizer, length), pairs, processes=processes)


def _sequences_of(tokenizer: Any, length: int, pair: tuple[Document, StoredVectors | None]) -> Iterator[Sequence]:
    document, stored = pair
    for ids, offsets, special in windows(document.text, tokenizer, length=length):
        yield _sequence(document.text, ids, offsets, special, stored)


def windows(text: str, tokenizer: Any, *, length: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Tokenise a text into windows of n tokens, at most `length`: ids (n,), offsets (n, 2), special (n,) bool."""
    for window in cut(tokenizer, [text], longest=length):
        yield window.ids, window.offsets, window.special


def _sequence(
    text: str, ids: np.ndarray, offsets: np.ndarray, special: np.ndarray, stored: StoredVectors | None
) -> Sequence:
    segments = np.full(len(ids), -1)
    if stored is None:
        return Sequence(ids, special, segments, np.zeros(0, int), np.zeros((0, 0)), np.zeros(0))
    real = ~special
    ends = trimmed_ends(text, offsets[real])
    teacher, student, _ = align(stored.ends, ends)
    if len(ends):
        # Segments that begin before the window hold teacher tokens that the student does not see here.
        inside = stored.ends > offsets[real][0, 0]
        teacher = np.where(inside & (stored.ends <= ends.max()), teacher, -1)
    common = np.intersect1d(teacher[teacher >= 0], student[student >= 0])
    segments[real] = _renumbered(student, common)
    teacher_segments = _renumbered(teacher, common)
    shared = teacher_segments >= 0
    return Sequence(ids, special, segments, teacher_segments[shared], stored.states[shared], stored.scales[shared])


def _renumbered(segments: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Number the chosen segments from 0; the others become -1."""
    if not len(chosen):
        return np.full(len(segments), -1)
    numbers = np.searchsorted(chosen, segments).clip(max=len(chosen) - 1)
    return np.where(chosen[numbers] == segments, numbers, -1)


class Sequences:
    """All the sequences of a corpus, on disk."""

    def __init__(self, folder: Path, windows: Iterable[Sequence], *, signal: StoredStates | None, write: bool) -> None:
        width = signal.width if signal else 0
        self._tokens = self._covered = 0
        self._spread = Spread(width)
        spec = {
            "ids": Field("tokens", np.int32),
            "special": Field("tokens", np.bool_),
            "segments": Field("tokens", np.int32),
            "teacher_segments": Field("teacher_tokens", np.int32),
            "states": Field("teacher_tokens", np.int8, width),
            "scales": Field("teacher_tokens", np.float16),
        }
        self._rows: RaggedArray = open_or_write(folder, spec, self._counted(windows), self._facts, write=write)
        self.lengths = self._rows.lengths("tokens")
        # Share of the student's text tokens that lie in a segment of the teacher's.
        self.coverage: float | None = self._rows.facts["coverage"] if signal else None
        self.variance: float = self._rows.facts["variance"] if signal else 1.0

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Sequence:
        return Sequence(**self._rows[index], draw=0)

    def _counted(self, windows: Iterable[Sequence]) -> Iterator[dict[str, np.ndarray]]:
        for window in windows:
            self._tokens += int((~window.special).sum())
            self._covered += int((window.segments >= 0).sum())
            self._spread.add(window.states * window.scales[:, None].astype(np.float32))
            yield {name: value for name, value in vars(window).items() if name != "draw"}

    def _facts(self) -> dict[str, float]:
        covered = round(self._covered / max(1, self._tokens), 4)
        return {"coverage": covered, "variance": self._spread.variance()}


@dataclass(frozen=True)
class SequenceCollator:
    """Pad sequences into a batch."""

    pad: int
    variance: float = 1.0  # of the teacher's states on the corpus

    def __call__(self, examples: list[Sequence]) -> dict[str, Tensor]:
        """Return ids, mask, special and segments (batch, tokens), and the teacher's vectors (`pooling.teacher_means`).

        These are counts (batch, segments), how many of the teacher's tokens are in each, and of all of them in turn
        states (tokens, width) int8 and scales (tokens,) float16.
        """
        tokens = max(len(example.ids) for example in examples)
        segments = max(1, *(example.count for example in examples))
        shape = (len(examples), tokens)
        ids, special = np.full(shape, self.pad), np.ones(shape, bool)
        mask, places = np.zeros(shape, np.int64), np.full(shape, -1)
        counts = np.zeros((len(examples), segments), np.int64)
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size] = example.ids, 1
            special[row, :size], places[row, :size] = example.special, example.segments
            counts[row] = np.bincount(example.teacher_segments, minlength=segments)
        arrays = {"ids": ids, "mask": mask, "special": special, "segments": places, "counts": counts}
        arrays |= {
            name: np.concatenate([getattr(example, name) for example in examples]) for name in ("states", "scales")
        }
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return {**batch, "variance": torch.tensor(self.variance)}
