"""Passages cut in two: an encoder-decoder student reads the source and predicts the target."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from alambic.stages.distill.examples.continuations import Continuation, Passages
from alambic.stages.distill.losses import Batch
from alambic.stages.distill.student_setup import draw, seed_of


@dataclass(frozen=True)
class SourceTarget:
    """A passage, cut in two: source and target."""

    source: np.ndarray  # (m,) token ids
    target: Continuation
    seed: int = 0  # of what the student generates as target; 0: nothing


def split(seed: int, start: int, share: float, passage: Continuation, index: int, epoch: int) -> SourceTarget:
    """Cut a passage of n tokens at a place drawn for this epoch: 1 to n - 1 of them are read.

    After a `share` of them the student writes what follows.
    """
    cut = _place(seed, len(passage.ids), index, epoch)
    return SourceTarget(passage.ids[:cut], passage.after(cut, start), seed_of(share, seed, index, epoch))


def split_where_generated(start: int, passage: Continuation, index: int, epoch: int) -> SourceTarget:
    """Cut a passage before what the teacher wrote."""
    cut = int(passage.has_teacher_target.argmax())
    return SourceTarget(passage.ids[:cut], passage.after(cut, start))


def parts_drawn(seed: int, tokens: np.ndarray, epoch: int) -> np.ndarray:
    """Give the lengths of source and target that `split` makes of passages of `tokens` (n,) in an epoch: (n, 2)."""
    source = np.array([_place(seed, int(size), index, epoch) for index, size in enumerate(tokens)])
    return _parts(tokens, source)


def parts_where_generated(passages: Passages, epoch: int) -> np.ndarray:
    """Give the lengths of source and target (n, 2) of `split_where_generated`, the same in every epoch."""
    source = np.array([passages[index].has_teacher_target.argmax() for index in range(len(passages))])
    return _parts(passages.lengths, source)


def _place(seed: int, tokens: int, index: int, epoch: int) -> int:
    return 1 + draw(seed, index, epoch) % (tokens - 1)


def _parts(tokens: np.ndarray, source: np.ndarray) -> np.ndarray:
    # A target begins with a token that stands for no text.
    return np.stack([source, tokens - source + 1], axis=1)


def collate(pad: int, collate_target: Callable[[list[Continuation]], Batch], passages: list[SourceTarget]) -> Batch:
    """Add source_ids and source_mask (batch, longest source) to the batch of the targets."""
    width = max(len(passage.source) for passage in passages)
    source, mask = torch.full((len(passages), width), pad), torch.zeros(len(passages), width, dtype=torch.long)
    for row, passage in enumerate(passages):
        source[row, : len(passage.source)], mask[row, : len(passage.source)] = (
            torch.from_numpy(passage.source.astype(np.int64)),
            1,
        )
    seeds = torch.tensor([passage.seed for passage in passages])
    batch = collate_target([passage.target for passage in passages])
    return batch | {"source_ids": source, "source_mask": mask, "seeds": seeds}
