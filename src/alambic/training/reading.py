"""Examples read into batches, and what that costs: padding, and time."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

Batch = dict[str, Tensor]


class Examples(Protocol):
    """Examples by number; a list, or what is read from a disk one by one."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> Any: ...


class Reading:
    """Gives batches on a device, and counts."""

    def __init__(
        self,
        examples: Examples,
        collate: Callable[[list[Any]], Batch],
        vary: Callable[[Any, int, int], Any] | None,
        device: torch.device,
    ) -> None:
        self.examples, self.collate, self.vary, self.device = examples, collate, vary, device
        self.seconds, self.tokens, self.places = 0.0, 0, 0

    def batch(self, indices: np.ndarray, epoch: int) -> Batch:
        """Give some examples as they are in this epoch."""
        begun = time.perf_counter()
        examples = [self.examples[index] for index in indices]
        if self.vary is not None:
            examples = [self.vary(example, int(index), epoch) for example, index in zip(examples, indices, strict=True)]
        found = self.collate(examples)
        self._count(found)
        placed = {name: tensor.to(self.device) for name, tensor in found.items()}
        self.seconds += time.perf_counter() - begun
        return placed

    def _count(self, batch: Batch) -> None:
        for mask in (tensor for name, tensor in batch.items() if name.endswith("mask")):
            self.places += mask.numel()
            self.tokens += int(mask.sum())

    def facts(self, seconds: float) -> dict[str, float]:
        """Give the shares of this process: `padding` of the tokens that it read, `loading` of `seconds`."""
        padding = {"padding": round(1 - self.tokens / self.places, 4)} if self.places else {}
        return {**padding, "loading": round(self.seconds / max(seconds, 1e-9), 4)}
