"""A lone rank trains without DeepSpeed, whose engine would compute the same bits."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import PROGRAM
from tiny_models import tiny_model
from torch import Tensor

from alambic.runtime.ranks import Ranks
from alambic.settings.models import Recipe
from alambic.training import engine as engines
from alambic.training.engine import clip, start_engine
from alambic.training.optimizer_state import capture, restore
from alambic.training.runtime_options import RuntimeOptions
from alambic.training.single_process import SingleProcessEngine

STEPS = 4


class Loss(torch.nn.Module):
    """A small model of transformers and its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.model = tiny_model("llama")

    def forward(self, batch: Tensor) -> dict[str, Tensor]:
        return {"loss": self.model(input_ids=batch, labels=batch).loss}


def with_deepspeed(module, optimizer, *, device, accumulation, bf16):
    autocast = {"torch_autocast": {"enabled": True, "dtype": "bfloat16"}} if bf16 else {}
    sizes = {"train_micro_batch_size_per_gpu": 2, "gradient_accumulation_steps": accumulation}
    return engines.start_deepspeed(
        module, optimizer, {**sizes, "gradient_clipping": 0.0, "zero_optimization": {"stage": 0}, **autocast}
    )


def trained(precision: str, accumulation: int) -> tuple[str, list[float], dict[str, Tensor]]:
    torch.manual_seed(0)
    recipe = Recipe(precision=precision, learning_rate=1e-2)
    sizes = {"micro_batch": 2, "accumulation": accumulation}
    engine = start_engine(Loss(), recipe, ranks=Ranks(), options=RuntimeOptions(), **sizes)
    losses = []
    for step in range(STEPS):
        for part in range(accumulation):
            torch.manual_seed(10 * step + part)
            loss = engine(torch.randint(1, 30, (2, 9)))["loss"]
            engine.backward(loss * 0.7)
            if part == accumulation - 1:
                clip(engine, recipe.max_gradient_norm)
            engine.step()
            losses.append(loss.item())
    tensors, numbers = capture(engine, keep=True)
    restore(engine, tensors, numbers)
    return type(engine).__name__, losses, {**tensors, "steps": torch.tensor(numbers["adam_steps"])}


@pytest.mark.parametrize(("precision", "accumulation"), [("fp32", 1), ("fp32", 3), ("bf16", 3)])
def test_the_losses_weights_and_moments_are_those_of_deepspeed_bit_for_bit(monkeypatch, precision, accumulation):
    alone = trained(precision, accumulation)
    monkeypatch.setattr(engines, "SingleProcessEngine", with_deepspeed)
    theirs = trained(precision, accumulation)
    assert (alone[0], theirs[0]) == (SingleProcessEngine.__name__, "DeepSpeedEngine")
    assert alone[1] == theirs[1] and len(set(alone[1])) == STEPS * accumulation
    assert alone[2].keys() == theirs[2].keys()
    assert all(torch.equal(value, theirs[2][name]) for name, value in alone[2].items())


def test_a_lone_rank_that_shares_nothing_out_imports_no_deepspeed(tmp_path: Path):
    code = f"import runpy, sys; runpy.run_path({str(PROGRAM)!r}); print('deepspeed' in sys.modules)"
    command = [sys.executable, "-c", code, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.stdout.split()[-1:] == ["False"], done.stderr
