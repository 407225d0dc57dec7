"""A training of a second, started as a process of its own so that it can be killed."""

import logging
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn

from alambic.training.loop import train


class Tiny(nn.Module):
    """Two layers with dropout: a resume that forgot a random state would show."""

    def __init__(self, *, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(8, 16), nn.Dropout(dropout), nn.Linear(16, 1))

    def forward(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        time.sleep(float(os.environ.get("TINY_PAUSE", "0")))
        loss = (self.layers(batch["x"])[:, 0] - batch["y"]).square().mean()
        return {"loss": loss * (float("nan") if "TINY_NAN" in os.environ else 1.0)}


def collate(examples: list[tuple[torch.Tensor, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {"x": torch.stack([x for x, _ in examples]), "y": torch.stack([y for _, y in examples])}


logging.basicConfig(level=logging.INFO)
folder = Path(sys.argv[1])
torch.manual_seed(0)
inputs = torch.randn(70, 8)
recipe = SimpleNamespace(
    batch_size=16,
    epochs=8,
    learning_rate=1e-2,
    weight_decay=0.01,
    warmup=0.1,
    max_gradient_norm=1.0,
    precision="fp32",
)
# Dropout draws by rank, so it is only on where a resume is compared with the same number of ranks.
module = Tiny(dropout=0.0)
train(module, list(zip(inputs, inputs.sum(1), strict=True)), collate, recipe, seed=1, output=folder)
if os.environ.get("RANK", "0") == "0":
    weights = torch.cat([value.flatten() for value in module.state_dict().values()])
    (folder / "weights.txt").write_text(" ".join(value.hex() for value in weights.tolist()))
