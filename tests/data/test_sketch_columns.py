"""What a store holds is what was sketched, to the last bit, and takes less room than the numbers as they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alambic.data.sketch_columns import COLUMNS, from_columns, to_columns


def some(count, top, sampled, vocabulary, seed=1):
    draw = np.random.default_rng(seed)
    return {
        "tokens": draw.integers(0, vocabulary, count),
        "top": draw.integers(0, vocabulary, (count, top)),
        "codes": np.sort(draw.integers(0, 256, (count, top)), axis=1).astype(np.uint8),
        "sampled": np.sort(draw.integers(0, vocabulary, (count, sampled)), axis=1),
        "target_log_probs": draw.normal(size=count).astype(np.float16),
        "entropies": draw.normal(size=count).astype(np.float16),
        "tails": draw.integers(0, 2**16, count),
    }


def assert_kept(arrays):
    columns = to_columns(arrays)
    assert sorted(columns) == sorted(COLUMNS)
    found = from_columns(columns, top=arrays["top"].shape[1], sampled=arrays["sampled"].shape[1])
    for name, values in arrays.items():
        assert found[name].shape == values.shape and np.array_equal(found[name], values), name


@given(st.integers(0, 5), st.integers(1, 7), st.integers(0, 7), st.sampled_from([3, 2**16, 2**24]), st.integers(0, 99))
def test_every_number_comes_back(count, top, sampled, vocabulary, seed):
    assert_kept(some(count, top, sampled, vocabulary, seed))


@pytest.mark.parametrize("name", ["codes", "sampled"])
def test_also_where_numbers_do_not_ascend(name):
    """Rounding at random may give the larger of two nearly equal probabilities the later code."""
    arrays = some(9, 5, 5, 2**24)
    arrays[name] = arrays[name][:, ::-1].copy()
    assert_kept(arrays)
