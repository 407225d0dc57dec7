"""The state of a training, by parameter: the same on any number of ranks and in any ZeRO stage.

DeepSpeed's own checkpoints hold each rank's partition and refuse another number of ranks; its universal ones need a
conversion beforehand, and a folder per parameter. Here ranks gather each parameter's weight and moments through
DeepSpeed's tensor-fragment functions, and write them back through these.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import pad

MOMENTS = ("exp_avg", "exp_avg_sq")


def capture(engine: Any, *, keep: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Gather the fp32 weights and Adam's moments, as copies on the CPU, and the small numbers that go with them.

    Every rank must call it; those without `keep` get nothing. What does not learn is left out, but for buffers; so are
    moments that Adam has not made, of what no gradient has reached.
    """
    tensors: dict[str, Tensor] = {}

    def take(name: str, value: Tensor | None) -> None:
        if keep and value is not None:
            tensors[name] = value.detach().to("cpu", copy=True).contiguous()

    partitioned = engine.zero_optimization()
    if partitioned:
        from deepspeed.utils import safe_get_full_fp32_param, safe_get_full_optimizer_state
    moments = MOMENTS if _adam_steps(engine) else ()  # Adam makes them in its first step
    _link_moments(engine)
    for name, parameter in learning(engine.module):
        take(f"weight/{name}", safe_get_full_fp32_param(parameter) if partitioned else parameter)
        for moment in moments:
            state = _adam(engine).state.get(parameter, {}).get(moment)
            take(f"{moment}/{name}", safe_get_full_optimizer_state(parameter, moment) if partitioned else state)
    for name, buffer in engine.module.named_buffers():
        take(f"buffer/{name}", buffer)
    return tensors, {"adam_steps": _adam_steps(engine), "loss_scale": _loss_scale(engine)}


def load_weights(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Give `module` its saved weights, before DeepSpeed shares them out."""
    with torch.no_grad():
        for name, parameter in learning(module):
            parameter.copy_(tensors[f"weight/{name}"])
        for name, buffer in module.named_buffers():
            buffer.copy_(tensors[f"buffer/{name}"])


def restore(engine: Any, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    """Give the optimizer its saved moments, and masters in full precision; every rank must call it."""
    adam, device, partitioned = _adam(engine), engine.device, engine.zero_optimization()
    if partitioned and numbers["adam_steps"]:
        _make_moments(engine)
    for name, parameter in learning(engine.module):
        moments = {moment: tensors[key].to(device) for moment in MOMENTS if (key := f"{moment}/{name}") in tensors}
        if partitioned:
            _write_part(parameter, tensors[f"weight/{name}"].to(device), moments)
        elif moments:
            adam.state[parameter] = moments
    for state in adam.state.values():
        # On the moments' device, where a fused step expects it.
        state["step"] = torch.tensor(float(numbers["adam_steps"]), device=state["exp_avg"].device)
    _set_loss_scale(engine, numbers["loss_scale"])


def _write_part(parameter: nn.Parameter, weight: Tensor, moments: dict[str, Tensor]) -> None:
    """Write this rank's part of a whole parameter's fp32 master and moments."""
    from deepspeed import utils

    if not hasattr(parameter, "ds_tensor"):
        utils.safe_set_full_fp32_param(parameter, weight)
        for moment, value in moments.items():
            utils.safe_set_full_optimizer_state(parameter, value, moment)
        return
    # Stage 3. Its own setters of whole tensors fail where the number of ranks does not divide the size.
    size, rank = parameter.ds_tensor.numel(), distributed.get_rank()
    utils.safe_set_local_fp32_param(parameter, _part(weight, rank, size))
    for moment, value in moments.items():
        utils.safe_set_local_optimizer_state(parameter, _part(value, rank, size), moment)


def _part(whole: Tensor, rank: int, size: int) -> Tensor:
    """Cut a rank's `size` elements out of a flattened tensor; beyond its end there are zeros."""
    part = whole.flatten()[rank * size : (rank + 1) * size]
    return pad(part, (0, size - part.numel()))


def learning(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the parameters that learn; the others are what they were at the start."""
    return ((name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad)


def _make_moments(engine: Any) -> None:
    """Make the moments of this rank's partitions as Adam's first step would; DeepSpeed offers no way to."""
    zero, third = engine.optimizer, engine.zero_optimization_stage() == 3
    for flat in zero.fp32_partitioned_groups_flat if third else zero.single_partition_of_fp32_groups:
        zero.optimizer.state[flat] = {name: torch.zeros_like(flat) for name in MOMENTS}
    _link_moments(engine)


def _link_moments(engine: Any) -> None:
    """Let parameters find their moments in the partitions of stages 1 and 2.

    DeepSpeed does so after the first group's first step, when the other groups have no moments yet.
    """
    zero = engine.optimizer
    if engine.zero_optimization_stage() in (1, 2):
        from deepspeed.utils import lazy_init_hp_params_optimizer_state

        for parameters, flat in zip(zero.bit16_groups, zero.single_partition_of_fp32_groups, strict=True):
            lazy_init_hp_params_optimizer_state(parameters, flat, zero.optimizer.state)


def _adam(engine: Any) -> torch.optim.Optimizer:
    """Find the torch optimizer beneath DeepSpeed's."""
    return engine.optimizer.optimizer if engine.zero_optimization() else engine.optimizer


def _adam_steps(engine: Any) -> float:
    steps = [float(state["step"]) for state in _adam(engine).state.values() if "step" in state]
    return max(steps, default=0.0)


def _loss_scale(engine: Any) -> dict[str, float] | None:
    """Read the numbers of fp16's dynamic loss scaler; None where there is none."""
    scaler = getattr(engine.optimizer, "loss_scaler", None)
    if scaler is None or not getattr(engine.optimizer, "dynamic_loss_scale", False):
        return None
    return {name: value for name, value in vars(scaler).items() if isinstance(value, int | float)}


def _set_loss_scale(engine: Any, numbers: dict[str, float] | None) -> None:
    if numbers is not None:
        vars(engine.optimizer.loss_scaler).update(numbers)
