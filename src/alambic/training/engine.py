"""The engine of a training, for what is present: one process or many, CPU or GPU, this precision or that."""

import logging
import os
from typing import Any, Protocol, cast

import torch
from torch import Tensor, distributed, nn

from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.runtime.ranks import Ranks
from alambic.training.compat import import_deepspeed, skip_shared_memory_operator
from alambic.training.kernels import attend_in_full, fuse_layers
from alambic.training.runtime_options import RuntimeOptions
from alambic.training.single_process import SingleProcessEngine

log = logging.getLogger("alambic.training")


class Recipe(Protocol):
    """What an optimization needs to know; `alambic.settings.Optimization` is one."""

    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def weight_decay(self) -> float: ...  # noqa: D102
    @property
    def warmup(self) -> float: ...  # noqa: D102
    @property
    def max_gradient_norm(self) -> float: ...  # noqa: D102
    @property
    def precision(self) -> str: ...  # noqa: D102


def start_engine(
    module: nn.Module, recipe: Recipe, *, ranks: Ranks, options: RuntimeOptions, micro_batch: int, accumulation: int
) -> Any:
    """Wrap `module` in an engine whose gradients are averaged over ranks and micro-batches.

    It is DeepSpeed's, but for a lone rank that shares nothing out: that one does without, to the same numbers.
    """
    device = join(ranks)
    if device.type == "cpu" and recipe.precision == "bf16":
        attend_in_full()
    if options.recompute:
        _recompute_activations(module)
    zero, bf16 = _zero(options, recipe.precision), _in_bf16(recipe.precision, device)
    module.to(device)
    fuse_layers(module, device, kernels=options.kernels)
    optimizer = torch.optim.AdamW(_groups(module, recipe.weight_decay), lr=recipe.learning_rate, fused=True)
    if ranks.world_size == 1 and not zero["stage"]:
        return SingleProcessEngine(module, optimizer, device=device, accumulation=accumulation, bf16=bf16)
    limit = recipe.max_gradient_norm if zero["stage"] else 0.0  # without ZeRO, `clip` does it
    precision = _precision(recipe.precision)
    sizes = {"train_micro_batch_size_per_gpu": micro_batch, "gradient_accumulation_steps": accumulation}
    return start_deepspeed(
        module, optimizer, {**sizes, "gradient_clipping": limit, "zero_optimization": zero, **precision}
    )


def start_deepspeed(module: nn.Module, optimizer: torch.optim.Optimizer, config: dict[str, Any]) -> Any:
    """Give DeepSpeed a module on its device, and its optimizer."""
    deepspeed = import_deepspeed()
    if not torch.cuda.is_available():
        skip_shared_memory_operator()
    config = {
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
        "steps_per_print": 10**9,
        **config,
    }
    engine, *_ = deepspeed.initialize(model=module, optimizer=optimizer, config=config)
    return engine


def clip(engine: Any, limit: float) -> float | None:
    """Scale the whole gradient down to norm `limit`, and return what its norm was; None where ZeRO does it in its step.

    DeepSpeed's own clipping without ZeRO goes over the gradients twice more, and does not tell the norm.
    """
    if engine.zero_optimization():
        return None
    parameters = [parameter for parameter in engine.module.parameters() if parameter.grad is not None]
    norm = nn.utils.get_total_norm([cast(Tensor, parameter.grad) for parameter in parameters])
    if norm > limit:
        nn.utils.clip_grads_with_norm_(parameters, limit, norm)
    return float(norm)


def _zero(options: RuntimeOptions, precision: str) -> dict[str, Any]:
    # fp16 keeps its masters in ZeRO's partitions, where a checkpoint can reach them: stage 0 would hide them.
    zero: dict[str, Any] = {"stage": max(options.zero_stage, 1) if precision == "fp16" else options.zero_stage}
    if options.offload != "none":
        zero["stage"] = max(zero["stage"], 1)
        zero["offload_optimizer"] = {"device": options.offload}
    return zero


def _recompute_activations(module: nn.Module) -> None:
    """Have the models within `module` keep no activations for the backward pass."""
    for inner in module.modules():
        if getattr(inner, "supports_gradient_checkpointing", False):  # a model of transformers
            cast(Any, inner).gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


def join(ranks: Ranks) -> torch.device:
    """Join the process group, on this rank's device; a lone process needs no port."""
    device = device_of()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    else:
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    if distributed.is_initialized():
        return device
    if ranks.world_size == 1:
        # DeepSpeed looks for what a launcher sets, even in a lone process; no port is opened.
        os.environ |= {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
    backend = "nccl" if device.type == "cuda" else "gloo"
    if ranks.world_size == 1:
        store = distributed.HashStore()  # type: ignore[attr-defined]
        distributed.init_process_group(backend, store=store, rank=0, world_size=1)
    else:
        distributed.init_process_group(backend, rank=ranks.rank, world_size=ranks.world_size)
    return device


def _in_bf16(precision: str, device: torch.device) -> bool:
    if precision != "bf16":
        return False
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        name = torch.cuda.get_device_name(device)
        raise UserError(f"precision bf16: {name} has none; set `precision: fp16` in the experiment, or use another GPU")
    return True


def _precision(precision: str) -> dict[str, Any]:
    if precision == "bf16":
        # Weights stay fp32: closer to fp32 training than DeepSpeed's bf16 mode, which is at its worst in stage 0.
        return {"torch_autocast": {"enabled": True, "dtype": "bfloat16"}}
    if precision == "fp16":
        return {"fp16": {"enabled": True, "initial_scale_power": 12}}
    return {}


def _groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Spare biases and normalisations from weight decay."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
