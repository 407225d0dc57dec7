"""The sequences that a student reads, each with what the teacher said about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.distill.signal import Signal, Stored, align, segment_means
from alambic.offsets import trimmed_ends
from alambic.records import Document


@dataclass(frozen=True)
class Sequence:
    """One window of a document: n student tokens, special ones included."""

    ids: np.ndarray  # (n,) token ids
    special: np.ndarray  # (n,) bool: tokens that stand for no text
    segments: np.ndarray  # (n,) segment of each token, -1 where the teacher says nothing
    teacher_segments: np.ndarray  # (teacher tokens of the document,) the same for the teacher's
    count: int  # segments
    stored: Stored | None
    draw: int = 0  # seeds what is drawn for this sequence in this epoch


def sequences(
    documents: Iterable[Document], tokenizer: Any, *, length: int, signal: Signal | None
) -> Iterator[Sequence]:
    """Tokenise documents into windows of at most `length` tokens, aligned with the teacher's tokens."""
    for document in documents:
        encoded = tokenizer(
            document.text,
            truncation=True,
            max_length=length,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        stored = signal.of(document.id) if signal else None
        for ids, offsets, special in zip(
            encoded["input_ids"], encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True
        ):
            yield _sequence(document.text, np.asarray(ids), np.asarray(offsets), np.asarray(special, bool), stored)


def _sequence(text: str, ids: np.ndarray, offsets: np.ndarray, special: np.ndarray, stored: Stored | None) -> Sequence:
    segments = np.full(len(ids), -1)
    if stored is None:
        return Sequence(ids, special, segments, np.zeros(0, int), 0, None)
    real = ~special
    ends = trimmed_ends(text, offsets[real])
    teacher, student, _ = align(stored.ends, ends)
    if len(ends):
        # Segments that begin before the window hold teacher tokens that the student does not see here.
        inside = stored.ends > offsets[real][0, 0]
        teacher = np.where(inside & (stored.ends <= ends.max()), teacher, -1)
    kept = np.intersect1d(teacher[teacher >= 0], student[student >= 0])
    segments[real] = _renumbered(student, kept)
    return Sequence(ids, special, segments, _renumbered(teacher, kept), len(kept), stored)


def _renumbered(segments: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Number the kept segments from 0; the others become -1."""
    if not len(kept):
        return np.full(len(segments), -1)
    place = np.searchsorted(kept, segments).clip(max=len(kept) - 1)
    return np.where(kept[place] == segments, place, -1)


@dataclass(frozen=True)
class Collator:
    """Pad sequences into a batch."""

    pad: int
    width: int  # of the teacher's states
    variance: float = 1.0  # of the teacher's states on the corpus

    def __call__(self, examples: list[Sequence]) -> dict[str, Tensor]:
        """Return ids, mask, special and segments (batch, tokens), targets (batch, segments, width), and their mask."""
        tokens = max(len(example.ids) for example in examples)
        segments = max(1, *(example.count for example in examples))
        shape = (len(examples), tokens)
        ids, special = np.full(shape, self.pad), np.ones(shape, bool)
        mask, places = np.zeros(shape, np.int64), np.full(shape, -1)
        known = np.zeros((len(examples), segments), bool)
        said = []
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size] = example.ids, 1
            special[row, :size], places[row, :size] = example.special, example.segments
            if example.stored is not None and example.count:
                heard = example.teacher_segments
                said.append((example.stored, np.where(heard >= 0, row * segments + heard, -1)))
                known[row, : example.count] = True
        arrays = {"ids": ids, "mask": mask, "special": special, "segments": places, "known": known}
        arrays["draw"] = np.array([example.draw for example in examples])
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        targets = segment_means(said, len(examples) * segments, self.width).view(len(examples), segments, self.width)
        return {**batch, "targets": targets, "variance": torch.tensor(self.variance)}


def coverage(examples: list[Sequence]) -> float:
    """Return the share of the student's text tokens to which the teacher says something."""
    tokens = sum(int((~example.special).sum()) for example in examples)
    covered = sum(int((example.segments >= 0).sum()) for example in examples)
    return round(covered / max(1, tokens), 4)
