"""What adaptation changes of a model: low-rank adapters, and how much of the change is merged."""

from typing import Any

import torch
from torch import nn


def with_adapters(model: nn.Module, *, rank: int, alpha: int) -> Any:
    """Freeze `model`, and let only low-rank changes of its linear layers learn.

    LoRA (Hu et al. 2022, arXiv 2106.09685), from PEFT, which knows the layers of every architecture and merges the
    changes back into them.
    """
    from peft import LoraConfig, get_peft_model

    return get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules="all-linear"))


class WeightDeltas:
    """The weights of a model before it changed."""

    def __init__(self, model: nn.Module) -> None:
        self.before = {name: value.detach().to("cpu", copy=True) for name, value in model.state_dict().items()}

    @torch.no_grad()
    def interpolate(self, model: nn.Module, *, share: float) -> None:
        """Keep a share of what changed: before + share (after - before).

        Between two models of one origin, weights interpolate (Wortsman et al. 2022, arXiv 2109.01903); less than all of
        the change keeps more of what the base could do.
        """
        if share == 1:
            return
        for name, value in model.state_dict().items():
            before = self.before[name].to(value.device)
            if value.is_floating_point():
                value.copy_(before + share * (value - before))
