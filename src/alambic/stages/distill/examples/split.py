"""Passages cut in two: an encoder-decoder student reads one part and writes the other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from alambic.stages.distill.examples.continuations import Continuation, Passages
from alambic.stages.distill.losses import Batch
from alambic.stages.distill.student_setup import draw, seed_of


@dataclass(frozen=True)
class Split:
    """A passage, cut in two."""

    read: np.ndarray  # (m,) token ids
    written: Continuation
    seed: int = 0  # of what the student writes instead; 0: nothing


def split(seed: int, start: int, share: float, passage: Continuation, index: int, epoch: int) -> Split:
    """Cut a passage of n tokens at a place drawn for this epoch: 1 to n - 1 of them are read.

    After a `share` of them the student writes what follows.
    """
    cut = _place(seed, len(passage.ids), index, epoch)
    return Split(passage.ids[:cut], passage.after(cut, start), seed_of(share, seed, index, epoch))


def split_where_written(start: int, passage: Continuation, index: int, epoch: int) -> Split:
    """Cut a passage before what the teacher wrote."""
    cut = int(passage.heard.argmax())
    return Split(passage.ids[:cut], passage.after(cut, start))


def parts_drawn(seed: int, tokens: np.ndarray, epoch: int) -> np.ndarray:
    """Give how much `split` will have read and written of passages of `tokens` (n,) in an epoch: (n, 2)."""
    read = np.array([_place(seed, int(size), index, epoch) for index, size in enumerate(tokens)])
    return _parts(tokens, read)


def parts_where_written(passages: Passages, epoch: int) -> np.ndarray:
    """Give the same of `split_where_written`, which is so in every epoch."""
    read = np.array([passages[index].heard.argmax() for index in range(len(passages))])
    return _parts(passages.lengths, read)


def _place(seed: int, tokens: int, index: int, epoch: int) -> int:
    return 1 + draw(seed, index, epoch) % (tokens - 1)


def _parts(tokens: np.ndarray, read: np.ndarray) -> np.ndarray:
    return np.stack([read, tokens - read + 1], axis=1)  # what is written begins with a token that stands for no text


def collate(pad: int, written: Callable[[list[Continuation]], Batch], passages: list[Split]) -> Batch:
    """Add to what is written: read and read_mask (batch, longest of what is read)."""
    width = max(len(passage.read) for passage in passages)
    read, mask = torch.full((len(passages), width), pad), torch.zeros(len(passages), width, dtype=torch.long)
    for row, passage in enumerate(passages):
        read[row, : len(passage.read)], mask[row, : len(passage.read)] = (
            torch.from_numpy(passage.read.astype(np.int64)),
            1,
        )
    seeds = torch.tensor([passage.seed for passage in passages])
    return written([passage.written for passage in passages]) | {"read": read, "read_mask": mask, "seeds": seeds}
