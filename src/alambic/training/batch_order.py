"""The order in which examples are consumed: a pure function of the seed, whatever the number of ranks."""

from collections.abc import Callable, Sequence

import numpy as np

# Batches whose examples are grouped by length together: wide enough for little padding
# (docs/explanation/speed.md), narrow enough to stay random.
POOL = 256
# The same where examples have two lengths, which take more of them to be alike in both.
POOL_OF_PAIRS = 4096

# Of each example: one length, or one for each of the parts that are padded apart; or what gives them for an epoch.
Lengths = Sequence[int] | np.ndarray | Callable[[int], np.ndarray]


def batches(count: int, *, batch_size: int, epoch: int, seed: int, lengths: Lengths | None = None) -> list[np.ndarray]:
    """Cut one epoch of `count` examples into global batches of indices, each example once.

    With `lengths`, (count,) or (count, parts), examples of similar length share a batch, so that little of it is
    padding. The last batch cut may be smaller than `batch_size`.
    """
    generator = np.random.Generator(np.random.PCG64([seed, epoch]))
    order = generator.permutation(count)
    if lengths is None:
        return _cut(order, batch_size)
    sizes = np.asarray(lengths(epoch) if callable(lengths) else lengths).reshape(count, -1)
    pools = _cut(order, (POOL if sizes.shape[1] == 1 else POOL_OF_PAIRS) * batch_size)
    global_batches = [batch for pool in pools for batch in _alike(pool, sizes, batch_size)]
    return [global_batches[index] for index in generator.permutation(len(global_batches))]


def _alike(pool: np.ndarray, sizes: np.ndarray, size: int) -> list[np.ndarray]:
    """Halve a pool, at the part whose lengths differ most, until it is a batch: a k-d tree (Bentley 1975)."""
    part = sizes[pool]
    ordered = pool[np.argsort(part[:, np.argmax(part.std(axis=0))], kind="stable")]
    if len(pool) <= size:
        return [ordered]
    half = size * (-(-len(pool) // size) // 2)
    return _alike(ordered[:half], sizes, size) + _alike(ordered[half:], sizes, size)


def _cut(order: np.ndarray, size: int) -> list[np.ndarray]:
    return [order[start : start + size] for start in range(0, len(order), size)]


def micro_batches(batch: np.ndarray, *, rank: int, world_size: int, size: int, number: int) -> list[np.ndarray]:
    """Give a rank its share of a global batch, in `number` micro-batches of at most `size`; some may be empty.

    [7, 3, 9, 4] on rank 1 of 2, size 1, number 2 -> [3], [4].
    """
    share = batch[rank::world_size]
    return [share[index * size : (index + 1) * size] for index in range(number)]
