"""Every example is consumed once per epoch, whatever the ranks."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alambic.training.order import batches, micro_batches

SIZES = {"count": st.integers(1, 400), "batch_size": st.integers(1, 64), "seed": st.integers(0, 5)}


@given(**SIZES, epoch=st.integers(0, 3), by_length=st.booleans())
def test_an_epoch_holds_each_example_once(count, batch_size, seed, epoch, by_length):
    lengths = [index % 17 for index in range(count)] if by_length else None
    found = batches(count, batch_size=batch_size, epoch=epoch, seed=seed, lengths=lengths)
    assert sorted(np.concatenate(found)) == list(range(count))
    assert all(0 < len(batch) <= batch_size for batch in found)
    again = batches(count, batch_size=batch_size, epoch=epoch, seed=seed, lengths=lengths)
    assert all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))


@given(**SIZES, world_size=st.integers(1, 9), size=st.integers(1, 9))
def test_ranks_share_a_batch_out(count, batch_size, seed, world_size, size):
    number = math.ceil(math.ceil(batch_size / world_size) / size)
    for batch in batches(count, batch_size=batch_size, epoch=0, seed=seed):
        shares = [
            micro
            for rank in range(world_size)
            for micro in micro_batches(batch, rank=rank, world_size=world_size, size=size, number=number)
        ]
        assert sorted(np.concatenate(shares)) == sorted(batch)


def test_length_pools_leave_little_padding():
    lengths = np.random.default_rng(0).integers(5, 120, 5000)
    found = batches(5000, batch_size=32, epoch=0, seed=0, lengths=lengths)
    padded = sum(len(batch) * lengths[batch].max() for batch in found)
    assert lengths.sum() / padded > 0.95
