"""The queries, keys and values of one layer of an encoder, as it reads."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.errors import UserError

APART = ("query", "key", "value")  # BERT, RoBERTa, XLM-R, CamemBERT
TOGETHER = "Wqkv"  # ModernBERT


class AttentionVectors:
    """What the attention of a layer (-1: the last one) computed in the model's last forward."""

    def __init__(self, model: PreTrainedModel, layer: int = -1) -> None:
        layers, config = [module for module in model.modules() if isinstance(module, nn.ModuleList)], model.config
        size = int(config.num_hidden_layers)
        found = next((one for one in layers if len(one) == size), None)
        named = dict(found[layer].named_modules()) if found is not None and -size <= layer < size else {}
        self._heard: dict[str, Tensor] = {}
        apart = {name: module for path, module in named.items() if (name := path.split(".")[-1]) in (*APART, TOGETHER)}
        if set(apart) not in ({*APART}, {TOGETHER}):
            raise UserError(
                f"a model of type '{config.model_type}' shows no queries, keys and values of layer {layer}: expected "
                "an encoder of the kinds BERT, RoBERTa, XLM-R, CamemBERT or ModernBERT, and a layer that it has"
            )
        for name, module in apart.items():
            module.register_forward_hook(self._hearing(name))

    def read(self) -> Tensor:
        """Give queries, keys and values side by side, (batch, tokens, 3 x width)."""
        if TOGETHER in self._heard:
            return self._heard[TOGETHER]
        return torch.cat([self._heard[name] for name in APART], dim=-1)

    def _hearing(self, name: str) -> Any:
        def hear(module: nn.Module, inputs: Any, output: Tensor) -> None:
            self._heard[name] = output

        return hear
