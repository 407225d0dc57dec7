"""Every example is consumed once per epoch, whatever the ranks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.training.batch_order import POOL, batches, micro_batches

SIZES = {"count": st.integers(1, 400), "batch_size": st.integers(1, 64), "seed": st.integers(0, 5)}


LENGTHS = {
    "none": lambda count: None,
    "one": lambda count: [index % 17 for index in range(count)],
    "two": lambda count: np.stack([np.arange(count) % 17, np.arange(count) % 5], axis=1),
    "by epoch": lambda count: lambda epoch: np.stack([np.arange(count) % (7 + epoch), np.arange(count) % 5], axis=1),
}


@given(**SIZES, epoch=st.integers(0, 3), by=st.sampled_from(sorted(LENGTHS)))
def test_an_epoch_holds_each_example_once(count, batch_size, seed, epoch, by):
    lengths = LENGTHS[by](count)
    found = batches(count, batch_size=batch_size, epoch=epoch, seed=seed, lengths=lengths)
    assert sorted(np.concatenate(found)) == list(range(count))
    assert all(0 < len(batch) <= batch_size for batch in found)
    again = batches(count, batch_size=batch_size, epoch=epoch, seed=seed, lengths=lengths)
    assert all(np.array_equal(one, other) for one, other in zip(found, again, strict=True))
    assert len(found) == math.ceil(count / batch_size)


@given(**SIZES)
def test_of_one_length_examples_are_sorted_within_their_pool(count, batch_size, seed):
    """As they were before there were two: the same batches in the same order."""
    lengths = np.random.default_rng(seed).integers(1, 30, count)
    generator = np.random.Generator(np.random.PCG64([seed, 0]))
    order, expected = generator.permutation(count), []
    for start in range(0, count, POOL * batch_size):
        pool = order[start : start + POOL * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        expected += [pool[place : place + batch_size] for place in range(0, len(pool), batch_size)]
    expected = [expected[place] for place in generator.permutation(len(expected))]
    found = batches(count, batch_size=batch_size, epoch=0, seed=seed, lengths=lengths)
    assert [one.tolist() for one in found] == [one.tolist() for one in expected]


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


@pytest.mark.parametrize(("batch_size", "most"), [(8, 0.02), (32, 0.05)])
@pytest.mark.parametrize("draw", ["labels", "windows"])
def test_two_lengths_leave_little_padding_too(draw, batch_size, most):
    """By their sum alone about half of what is read would be padding."""
    generator = np.random.default_rng(0)
    tokens = {
        "labels": generator.lognormal(2.6, 0.45, 40000).clip(4, 128).astype(int),
        "windows": np.where(generator.random(9000) < 0.03, generator.integers(5, 128, 9000), 128),
    }[draw]
    read = 1 + generator.integers(0, 10**6, len(tokens)) % (tokens - 1)
    parts = np.stack([read, tokens - read + 1], axis=1)

    def waste(lengths):
        found = batches(len(tokens), batch_size=batch_size, epoch=0, seed=0, lengths=lengths)
        return 1 - parts.sum() / sum(len(batch) * parts[batch].max(axis=0).sum() for batch in found)

    assert waste(parts) <= most < 0.35 < waste(tokens)


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
