"""Which examples each step of a training reads, on one rank."""

import math
from collections.abc import Collection, Iterator
from functools import lru_cache

import numpy as np

from alambic.runtime.ranks import Ranks
from alambic.training.batch_loader import Share
from alambic.training.batch_order import Lengths, batches, micro_batches


class Schedule:
    """The global batches of all steps, counted from 1, and a rank's part of each, by forward passes."""

    def __init__(
        self,
        count: int,
        *,
        batch_size: int,
        epochs: int,
        seed: int,
        lengths: Lengths | None,
        ranks: Ranks,
        micro_batch: int,
        halvings: int,
    ) -> None:
        """Share out `count` examples; a forward pass has `micro_batch` at most (0: all of a rank), halved so often."""
        share = math.ceil(min(batch_size, count) / ranks.world_size)
        self.ranks, self.micro_batch = ranks, halved(min(micro_batch or share, share), halvings)
        self.accumulation = math.ceil(share / self.micro_batch)  # forward passes of a step
        self.steps_per_epoch = math.ceil(count / batch_size)
        self.steps = self.steps_per_epoch * epochs

        def batches_of(epoch: int) -> list[np.ndarray]:
            return batches(count, batch_size=batch_size, epoch=epoch, seed=seed, lengths=lengths)

        self.batches_of = lru_cache(maxsize=2)(batches_of)  # workers may be an epoch ahead

    def of_step(self, step: int) -> tuple[np.ndarray, list[np.ndarray]]:
        """Give the global batch of a step, and this rank's part of it by forward passes; some may be empty."""
        batch = self.batches_of(self.epoch_of(step))[(step - 1) % self.steps_per_epoch]
        share = {"rank": self.ranks.rank, "world_size": self.ranks.world_size}
        return batch, micro_batches(batch, **share, size=self.micro_batch, number=self.accumulation)

    def after(self, done: int, *, skipped: Collection[int]) -> Iterator[Share]:
        """Give what each forward pass of the steps after `done` reads: of an empty part, any example of its batch."""
        for step in range(done + 1, self.steps + 1):
            if step not in skipped:
                batch, shares = self.of_step(step)
                yield from ((indices if len(indices) else batch[:1], self.epoch_of(step)) for indices in shares)

    def epoch_of(self, step: int) -> int:
        """Give the epoch of a step, counted from 0."""
        return (step - 1) // self.steps_per_epoch


def halved(number: int, times: int) -> int:
    """Halve a number of sequences, of which one is left at least."""
    return max(1, number >> times)
