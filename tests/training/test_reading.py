"""What reading costs is counted as it is."""

import numpy as np
import torch

from alambic.training.reading import Reading


def padded(examples):
    width = max(map(len, examples))
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in examples])
    return {"ids": mask * 7, "mask": mask, "read_mask": mask[:, :1]}


def test_padding_is_counted_over_all_masks():
    reading = Reading(["abcd", "ab", "abc"], padded, None, torch.device("cpu"))
    reading.batch(np.array([0, 1]), 0)  # 6 of 8 tokens, and 2 of 2
    reading.batch(np.array([2]), 0)  # 3 of 3, and 1 of 1
    facts = reading.facts(1e6)
    assert facts == {"padding": round(1 - 12 / 14, 4), "loading": 0.0}


def test_without_masks_nothing_is_said_of_padding():
    reading = Reading(
        [1.0, 2.0], lambda found: {"x": torch.tensor(found)}, lambda one, index, epoch: one + epoch, torch.device("cpu")
    )
    assert reading.batch(np.array([1, 0]), 3)["x"].tolist() == [5.0, 4.0]
    assert list(reading.facts(reading.seconds)) == ["loading"]
    assert reading.facts(reading.seconds)["loading"] == 1.0
