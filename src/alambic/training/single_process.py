"""One process that trains alone and shares nothing out: what DeepSpeed's engine would do, in plain PyTorch.

Importing and starting DeepSpeed takes seconds of processor, which many short trainings pay each.
"""

from typing import Any

import torch
from torch import Tensor, nn


class SingleProcessEngine:
    """The part of DeepSpeed's engine that a training uses, for one rank in stage 0; the same numbers, bit for bit."""

    def __init__(
        self,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        device: torch.device,
        accumulation: int,
        bf16: bool,
    ) -> None:
        self.module, self.optimizer, self.device = module, optimizer, device
        self._accumulation, self._bf16 = accumulation, bf16
        self._micro_steps = 0

    def __call__(self, batch: Any) -> Any:
        """Run the module forwards, in bf16 where it is asked for."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            return self.module(batch)

    def backward(self, loss: Tensor) -> None:
        """Add a micro-batch's share of the gradient."""
        (loss / self._accumulation).backward()

    def step(self) -> None:
        """Change the weights after the last micro-batch of a batch; after the others do nothing."""
        self._micro_steps += 1
        if self._micro_steps % self._accumulation:
            return
        self.optimizer.step()
        for parameter in self.module.parameters():
            parameter.grad = None

    def zero_optimization(self) -> bool:
        """Say that nothing is shared out."""
        return False

    def zero_optimization_stage(self) -> int:
        """Say that nothing is shared out."""
        return 0
