"""DeepSpeed, started for what is present: one process or many, CPU or GPU, this precision or that."""

import logging
import os
from typing import Any, Protocol

import torch
from torch import distributed, nn

from alambic.errors import UserError
from alambic.training.ranks import Ranks

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


def device_of(ranks: Ranks) -> torch.device:
    """Choose this rank's device: a GPU where there is one."""
    return torch.device("cuda", ranks.local_rank) if torch.cuda.is_available() else torch.device("cpu")


def start_engine(
    module: nn.Module, recipe: Recipe, *, ranks: Ranks, micro_batch: int, accumulation: int, zero_stage: int
) -> Any:
    """Wrap `module` in a DeepSpeed engine whose gradients are averaged over ranks and micro-batches."""
    device = device_of(ranks)
    if device.type == "cpu":
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    import deepspeed

    join(ranks, device)
    if device.type == "cpu":
        _skip_compilation()
    config = {
        "train_micro_batch_size_per_gpu": micro_batch,
        "gradient_accumulation_steps": accumulation,
        "gradient_clipping": recipe.max_gradient_norm,
        "zero_optimization": {"stage": zero_stage},
        "zero_allow_untested_optimizer": True,
        "steps_per_print": 10**9,
        **_precision(recipe.precision, device),
    }
    module.to(device)
    optimizer = torch.optim.AdamW(_groups(module, recipe.weight_decay), lr=recipe.learning_rate)
    engine, *_ = deepspeed.initialize(model=module, optimizer=optimizer, config=config)
    return engine


def join(ranks: Ranks, device: torch.device) -> None:
    """Join the process group; a lone process needs no port."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if distributed.is_initialized():
        return
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


def _skip_compilation() -> None:
    """Keep DeepSpeed from compiling its shared-memory operator, which only its inference uses.

    The build takes half a minute and fails where there is no compiler; the table is private (checked by a test).
    """
    import deepspeed.ops

    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


def _precision(precision: str, device: torch.device) -> dict[str, Any]:
    if precision == "bf16":
        if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
            name = torch.cuda.get_device_name(device)
            raise UserError(
                f"precision bf16: {name} has none; set `precision: fp16` in the experiment, or use another GPU"
            )
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
