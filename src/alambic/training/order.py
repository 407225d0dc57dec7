"""The order in which examples are consumed: a pure function of the seed, whatever the number of ranks."""

from collections.abc import Sequence

import numpy as np

# Batches whose examples are sorted together by length: wide enough for little padding (docs/method.md, Speed and
# memory), narrow enough to stay random.
POOL = 256


def batches(
    count: int, *, batch_size: int, epoch: int, seed: int, lengths: Sequence[int] | np.ndarray | None = None
) -> list[np.ndarray]:
    """Cut one epoch of `count` examples into global batches of indices, each example once.

    With `lengths`, examples of similar length share a batch, so that little of it is padding. The last batch cut may be
    smaller than `batch_size`.
    """
    generator = np.random.Generator(np.random.PCG64([seed, epoch]))
    order = generator.permutation(count)
    if lengths is None:
        return _cut(order, batch_size)
    known = np.asarray(lengths)
    pools = [pool[np.argsort(known[pool], kind="stable")] for pool in _cut(order, POOL * batch_size)]
    found = [batch for pool in pools for batch in _cut(pool, batch_size)]
    return [found[place] for place in generator.permutation(len(found))]


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[start : start + size] for start in range(0, len(order), size)]


def micro_batches(batch: np.ndarray, *, rank: int, world_size: int, size: int, number: int) -> list[np.ndarray]:
    """Give a rank its share of a global batch, in `number` micro-batches of at most `size`; some may be empty."""
    share = batch[rank::world_size]
    return [share[place * size : (place + 1) * size] for place in range(number)]
