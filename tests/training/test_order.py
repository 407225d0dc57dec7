"""Every example is consumed once per epoch, whatever the ranks."""

import math

import numpy as np
import pytest
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


@pytest.mark.parametrize("batch_size", [8, 16, 32])
@pytest.mark.parametrize("draw", ["uniform", "labels", "windows"])
def test_length_pools_leave_little_padding(batch_size, draw):
    generator = np.random.default_rng(0)
    lengths = {
        "uniform": generator.integers(5, 120, 5000),
        "labels": generator.lognormal(2.6, 0.45, 9000).clip(4, 128).astype(int),  # short, with a long tail
        "windows": np.where(generator.random(5000) < 0.03, generator.integers(5, 128, 5000), 128),  # of long documents
    }[draw]
    found = batches(len(lengths), batch_size=batch_size, epoch=0, seed=0, lengths=lengths)
    padded = sum(len(batch) * lengths[batch].max() for batch in found)
    assert 1 - lengths.sum() / padded <= 0.02


LIFE = st.fixed_dictionaries(
    {
        "world_size": st.integers(1, 5),
        "micro_batch": st.integers(1, 9),
        "steps": st.integers(0, 30),  # until it is killed
        "lost": st.integers(0, 5),  # of them, since its last checkpoint
    }
)


@given(**SIZES, epochs=st.integers(1, 3), lives=st.lists(LIFE, max_size=6))
def test_any_kills_and_any_numbers_of_ranks_consume_each_example_once_per_epoch(count, batch_size, seed, epochs, lives):
    order = [
        batch for epoch in range(epochs) for batch in batches(count, batch_size=batch_size, epoch=epoch, seed=seed)
    ]
    consumed: dict[int, list[int]] = {}  # by step, as it counts in the end: a step that is taken again replaces itself
    done = 0
    for life in [*lives, {"world_size": 2, "micro_batch": 4, "steps": len(order), "lost": 0}]:
        last = min(done + life["steps"], len(order))
        for step in range(done, last):
            consumed[step] = shares_of(order[step], batch_size, life["world_size"], life["micro_batch"])
        done = max(done, last - life["lost"]) if last < len(order) else last
    assert sorted(consumed) == list(range(len(order)))
    per_epoch = len(order) // epochs
    for epoch in range(epochs):
        seen = [index for step in range(epoch * per_epoch, (epoch + 1) * per_epoch) for index in consumed[step]]
        assert sorted(seen) == list(range(count))


def shares_of(batch, batch_size, world_size, micro_batch):
    number = math.ceil(math.ceil(batch_size / world_size) / micro_batch)
    shares = (
        micro_batches(batch, rank=rank, world_size=world_size, size=micro_batch, number=number)
        for rank in range(world_size)
    )
    return [int(index) for share in shares for micro in share for index in micro]
