"""A training of a second, started as a process of its own so that it can be killed."""

import logging
import os
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

# Nothing is compiled. Torch's optimizers import its compiler all the same, which is half of what a tiny training takes:
# they find these functions of it, which are all that is asked of it. DeepSpeed's ZeRO asks for more.
if os.environ.get("ALAMBIC_ZERO_STAGE", "0") == "0":
    compiler: Any = ModuleType("torch._dynamo")
    compiler.disable = lambda function, *_, **__: function
    compiler.graph_break = lambda: None
    compiler.trace_rules = SimpleNamespace(clear_lru_cache=lambda: None)
    sys.modules["torch._dynamo"] = compiler

import torch
from torch import nn

from alambic.runtime.exit_reason import EarlyExit, ExitReport
from alambic.training.loop import train


class Tiny(nn.Module):
    """Two layers with dropout: a resume that forgot a random state would show."""

    def __init__(self, *, dropout: float) -> None:
        super().__init__()
        self.calls = 0
        self.layers = nn.Sequential(nn.Linear(8, 16), nn.Dropout(dropout), nn.Linear(16, 1))
        self.idle = nn.Linear(4, 3)  # no gradient reaches it

    def forward(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        time.sleep(float(os.environ.get("TINY_PAUSE", "0")))
        self.misbehave(len(batch["x"]))
        said = self.layers(batch["x"].to(self.layers[0].weight.dtype))[:, 0].float()
        loss = (said - batch["y"]).square().mean()
        return {"loss": loss * (float("nan") if self.is_bad(batch["number"]) else 1.0)}

    def misbehave(self, sequences: int) -> None:
        """Fail as asked: once for a hang, as often as it does not fit for memory."""
        self.calls += 1
        mark = folder / "hung"
        if os.environ.get("TINY_HANG") == str(self.calls) and not mark.exists():
            mark.touch()
            time.sleep(600)
        if sequences > int(os.environ.get("TINY_MEMORY", "1000")):
            torch.empty(2**50, dtype=torch.uint8)  # more than any machine has

    def is_bad(self, numbers: torch.Tensor) -> bool:
        return bool(set(numbers.tolist()) & {int(n) for n in os.environ.get("TINY_NAN", "").split(",") if n})


def collate(examples: list[tuple[int, torch.Tensor, torch.Tensor]]) -> dict[str, torch.Tensor]:
    if "TINY_CONSUMED" in os.environ:
        with Path(os.environ["TINY_CONSUMED"]).open("a") as stream:
            stream.write("".join(f"{number}\n" for number, _, _ in examples))
    numbers, x, y = zip(*examples, strict=True)
    return {"number": torch.tensor(numbers), "x": torch.stack(x), "y": torch.stack(y)}


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
    precision=os.environ.get("TINY_PRECISION", "fp32"),
)
# Dropout draws by rank, so it is only on where a resume is compared with the same number of ranks.
module = Tiny(dropout=0.0)
examples = list(zip(range(70), inputs, inputs.sum(1), strict=True))
try:
    train(module, examples, collate, recipe, seed=1, output=folder)
except EarlyExit as end:
    ExitReport(end.reason, str(end)).write(folder)
    logging.warning("%s", end)
    sys.exit(end.reason.status)
if os.environ.get("RANK", "0") == "0":
    weights = torch.cat([value.flatten() for value in module.state_dict().values()])
    (folder / "weights.txt").write_text(" ".join(value.hex() for value in weights.tolist()))
    (folder / "manifest.json").touch()
