"""What all masked-language models share: the states from which they predict hidden tokens, and the layer that does."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForMaskedLM

from alambic.errors import UserError
from alambic.models.opening import open_model


def open_masked(folder: Path) -> tuple[Any, Tensor]:
    """Open a model without its output layer, and that layer as a matrix (vocabulary, width + 1), its bias last.

    What the model then gives as `logits` are the states (batch, tokens, width) that the layer multiplies:
    `append_bias_column` of them times the matrix are the logits, and no caller need hold those of a whole batch.
    UserError where the folder holds no such layer: transformers would draw one at random.
    """
    opened: Any = open_model(AutoModelForMaskedLM, folder, dtype=torch.float32, output_loading_info=True)
    model, info = opened
    if info["missing_keys"]:
        raise UserError(
            f"{folder}: a {model.config.model_type} without the layers that predict hidden tokens "
            f"({', '.join(sorted(info['missing_keys'])[:3])}...): take a masked-language model, or another signal"
        )
    layer = model.get_output_embeddings()
    if not isinstance(layer, nn.Linear):
        raise UserError(f"{folder}: a {model.config.model_type} predicts by more than a matrix: not supported")
    name = next(name for name, module in model.named_modules() if module is layer)
    bias = torch.zeros(len(layer.weight)) if layer.bias is None else layer.bias.detach()
    table = torch.cat([layer.weight.detach(), bias[:, None]], dim=1)
    model.set_submodule(name, nn.Identity())
    return model.eval().requires_grad_(False), table


def append_bias_column(states: Tensor) -> Tensor:
    """Append the 1 that the bias is multiplied with: (..., width) -> (..., width + 1)."""
    return torch.cat([states, states.new_ones(*states.shape[:-1], 1)], dim=-1)
