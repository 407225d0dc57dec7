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
        lists, config = [module for module in model.modules() if isinstance(module, nn.ModuleList)], model.config
        size = int(config.num_hidden_layers)
        layers = next((modules for modules in lists if len(modules) == size), None)
        named = dict(layers[layer].named_modules()) if layers is not None and -size <= layer < size else {}
        self._outputs: dict[str, Tensor] = {}
        apart = {name: module for path, module in named.items() if (name := path.split(".")[-1]) in (*APART, TOGETHER)}
        if set(apart) not in ({*APART}, {TOGETHER}):
            raise UserError(
                f"a model of type '{config.model_type}' shows no queries, keys and values of layer {layer}: expected "
                "an encoder of the kinds BERT, RoBERTa, XLM-R, CamemBERT or ModernBERT, and a layer that it has"
            )
        for name, module in apart.items():
            module.register_forward_hook(self._hook(name))

    def read(self) -> Tensor:
        """Give queries, keys and values side by side, (batch, tokens, 3 x width)."""
        if TOGETHER in self._outputs:
            return self._outputs[TOGETHER]
        return torch.cat([self._outputs[name] for name in APART], dim=-1)

    def _hook(self, name: str) -> Any:
        def record(module: nn.Module, inputs: Any, output: Tensor) -> None:
            self._outputs[name] = output

        return record
