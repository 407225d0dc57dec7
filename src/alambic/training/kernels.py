"""Kernels for a model's layers, chosen from what is present: the same numbers to rounding, in less time.

Attention is PyTorch's fused one, which transformers takes by itself.
"""

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from alambic.training.compat import fuse_with_liger

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger("alambic.training")

CHOICES = ("plain", "auto")
# Of Liger (Hsu et al. 2024, arXiv 2410.10989), what lies within layers: output layers and losses are `chunks`.
WANTED = {"rope": True, "rms_norm": True, "swiglu": True, "cross_entropy": False, "fused_linear_cross_entropy": False}


def fuse_layers(module: nn.Module, device: torch.device, *, kernels: str) -> list[str]:
    """Give the models within `module` Liger's kernels where `kernels` is "auto"; return the types that got them.

    They need a GPU and the package liger-kernel, and exist for some types of models: the others stay as they are.
    """
    if kernels == "plain" or device.type != "cuda" or find_spec("liger_kernel") is None:
        return []
    fused: list[str] = [model.config.model_type for model in _models(module) if fuse_with_liger(model, WANTED)]
    for model_type in fused:
        log.info("%s: Liger's kernels", model_type)
    return fused


def attend_in_full() -> None:
    """Have the fused attention of this process compute in single precision where a CPU trains in bf16.

    PyTorch's backward of it is slower in bf16 than in fp32 there: docs/explanation/speed.md.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    def attend(module: nn.Module, query: Tensor, *others: Any, **named: Any) -> tuple[Tensor, None]:
        with torch.autocast("cpu", enabled=False):
            full = {name: _in_full(value) for name, value in named.items()}
            output, _ = sdpa_attention_forward(module, _in_full(query), *map(_in_full, others), **full)
        return output.to(query.dtype), None

    ALL_ATTENTION_FUNCTIONS.register("sdpa", attend)


def _in_full(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value


def _models(module: nn.Module) -> "list[PreTrainedModel]":
    """Give the outermost models of transformers."""
    from transformers import PreTrainedModel  # seconds, which a module without any does not pay

    if isinstance(module, PreTrainedModel):
        return [module]
    return [model for child in module.children() for model in _models(child)]
