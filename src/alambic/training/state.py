"""The state of a training, by parameter: the same on any number of ranks and in any ZeRO stage.

DeepSpeed's own checkpoints hold each rank's partition and refuse another number of ranks; its universal ones need a
conversion beforehand, and a folder per parameter. Here ranks gather each parameter's weight and moments through
DeepSpeed's tensor-fragment functions, and give them back likewise.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

MOMENTS = ("exp_avg", "exp_avg_sq")


def capture(engine: Any, *, keep: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Gather the fp32 weights and Adam's moments, as copies on the CPU, and the small numbers beside them.

    Every rank must call it; those without `keep` get nothing. What does not learn is left out, but for buffers.
    """
    from deepspeed.utils import safe_get_full_fp32_param, safe_get_full_optimizer_state

    tensors: dict[str, Tensor] = {}

    def take(name: str, value: Tensor | None) -> None:
        if keep and value is not None:
            tensors[name] = value.detach().to("cpu", copy=True).contiguous()

    partitioned = engine.zero_optimization()
    for name, parameter in learning(engine.module):
        if partitioned:
            take(f"weight/{name}", safe_get_full_fp32_param(parameter))
            for moment in MOMENTS:
                take(f"{moment}/{name}", safe_get_full_optimizer_state(parameter, moment))
        else:
            take(f"weight/{name}", parameter)
            for moment in MOMENTS:
                take(f"{moment}/{name}", _adam(engine).state.get(parameter, {}).get(moment))
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
    from deepspeed.utils import safe_set_full_fp32_param, safe_set_full_optimizer_state

    adam, device = _adam(engine), engine.device
    for name, parameter in learning(engine.module):
        moments = {moment: tensors[f"{moment}/{name}"].to(device) for moment in MOMENTS}
        if engine.zero_optimization():
            safe_set_full_fp32_param(parameter, tensors[f"weight/{name}"].to(device))
            for moment, value in moments.items():
                safe_set_full_optimizer_state(parameter, value, moment)
        else:
            adam.state[parameter] = {"step": torch.tensor(0.0), **moments}
    for state in adam.state.values():
        state["step"] = torch.tensor(float(numbers["adam_steps"]))
    _set_loss_scale(engine, numbers["loss_scale"])


def learning(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the parameters that learn; the others are what they were at the start."""
    return ((name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad)


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
