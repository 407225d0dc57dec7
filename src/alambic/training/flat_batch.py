"""A batch in one piece of memory: it goes to another process, and to a GPU, as fast as one tensor."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

ALIGNED = 64  # bytes: where each tensor begins, a multiple of every element's size


@dataclass(frozen=True)
class _Place:
    name: str
    dtype: torch.dtype
    shape: torch.Size
    begin: int
    end: int


@dataclass(frozen=True)
class Layout:
    """Where the tensors are."""

    places: tuple[_Place, ...]


def pack(batch: dict[str, Tensor], *, shared: bool) -> tuple[Tensor, Layout]:
    """Copy tensors into one of bytes (n,), which other processes can read where it is `shared`."""
    places, end = [], 0
    for name, tensor in batch.items():
        begin = math.ceil(end / ALIGNED) * ALIGNED
        end = begin + tensor.numel() * tensor.element_size()
        places.append(_Place(name, tensor.dtype, tensor.shape, begin, end))
    memory = torch.empty(end, dtype=torch.uint8)
    layout = Layout(tuple(places))
    for name, tensor in unpack(memory.share_memory_() if shared else memory, layout).items():
        tensor.copy_(batch[name])
    return memory, layout


def unpack(memory: Tensor, layout: Layout) -> dict[str, Tensor]:
    """Give the tensors as views, on whatever device the bytes are."""
    return {field.name: memory[field.begin : field.end].view(field.dtype).view(field.shape) for field in layout.places}
