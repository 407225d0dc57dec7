"""Rows of tokens of different lengths, as a model reads them."""

import pytest

from alambic.models.padding import padded


@pytest.mark.parametrize(
    ("left", "ids", "mask"),
    [
        (False, [[5, 6, 7], [8, 9, 9], [9, 9, 9]], [[1, 1, 1], [1, 0, 0], [0, 0, 0]]),
        (True, [[5, 6, 7], [9, 9, 8], [9, 9, 9]], [[1, 1, 1], [0, 0, 1], [0, 0, 0]]),
    ],
)
def test_padding_is_on_one_side_and_masked(left, ids, mask):
    found = padded([[5, 6, 7], [8], []], fill=9, left=left)
    assert found["input_ids"].tolist() == ids
    assert found["attention_mask"].tolist() == mask


def test_rows_without_tokens_have_one_place():
    assert padded([[], []])["attention_mask"].tolist() == [[0], [0]]
