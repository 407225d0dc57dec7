"""A batch is the same out of one piece of memory as it was into it."""

import pytest
import torch

from alambic.training.flat_batch import pack, unpack

BATCH = {
    "flags": torch.tensor([[True, False, True]]),
    "ids": torch.arange(6).view(2, 3),
    "codes": torch.tensor([1, 255, 7], dtype=torch.uint8),
    "states": torch.randn(2, 0, 5),
    "scales": torch.randn(5).half(),
    "turned": torch.randn(3, 4).T,  # not contiguous
    "variance": torch.tensor(0.5),
}


@pytest.mark.parametrize("shared", [False, True])
def test_every_tensor_comes_back(shared):
    memory, layout = pack(BATCH, shared=shared)
    assert memory.is_shared() == shared and memory.dtype == torch.uint8
    found = unpack(memory, layout)
    assert list(found) == list(BATCH)
    for name, tensor in BATCH.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name
        assert found[name].untyped_storage().data_ptr() == memory.untyped_storage().data_ptr(), "a view"
