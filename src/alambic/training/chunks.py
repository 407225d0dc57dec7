"""Output layer and objectives in chunks of rows, forward and backward: no logits of a whole batch are ever held.

As in Liger's fused linear cross-entropy (Hsu et al. 2024, arXiv 2410.10989), gradients are computed on the way forward,
when a chunk's logits are there, so that the output layer is multiplied three times, as without chunks.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

# Bytes of one chunk's logits in fp32. Few on a CPU, whose caches they leave; a GPU wants large products.
CHUNK_BYTES = {"cpu": 2**25, "cuda": 2**29}

# Losses of some rows: logits (rows, vocabulary) in fp32, and which rows they are -> a scalar, and its named parts.
Compute = Callable[[Tensor, slice], tuple[Tensor, dict[str, Tensor]]]


def rows_per_chunk(vocabulary: int, device: torch.device) -> int:
    """Say how many rows of logits are computed at once."""
    return max(1, CHUNK_BYTES.get(device.type, CHUNK_BYTES["cpu"]) // (4 * vocabulary))


def in_chunks(states: Tensor, table: Tensor, compute: Compute, *, rows: int) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum `compute` over chunks of `rows` rows of the logits states @ table.T; the parts carry no gradient.

    states (n, width), table (vocabulary, width). Under autocast the products are in its type, as a linear layer's are.
    """
    parts: dict[str, Tensor] = {}
    total = _Chunked.apply(states, table, compute, rows, parts)
    return total, parts


class _Chunked(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, states: Tensor, table: Tensor, compute: Compute, rows: int, parts: dict[str, Tensor]
    ) -> Tensor:
        kind = states.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else states.dtype
        inputs, weights = states.detach().to(dtype), table.detach().to(dtype)
        learn_states, learn_table = ctx.needs_input_grad[:2]
        to_states = torch.zeros_like(states, dtype=torch.float32) if learn_states else None
        to_table = torch.zeros_like(table, dtype=torch.float32) if learn_table else None
        total = torch.zeros((), device=states.device)
        for start in range(0, len(states), rows):
            chosen = slice(start, start + rows)
            logits = (inputs[chosen] @ weights.T).float()
            gradient, loss, named = _one_chunk(logits, chosen, compute, learn=learn_states or learn_table)
            total += loss
            for name, value in named.items():
                parts[name] = parts.get(name, 0.0) + value
            if gradient is None:
                continue
            # A gradient is far below fp16's smallest number before the loss is scaled: its largest becomes 1 here.
            size = gradient.abs().amax().clamp(min=1e-30) if dtype == torch.float16 else 1.0
            low = (gradient / size).to(dtype)
            if to_states is not None:
                to_states[chosen] = (low @ weights).float() * size
            if to_table is not None:
                _add_product(to_table, low.T, inputs[chosen], size)
        ctx.save_for_backward(to_states, to_table)
        ctx.dtypes = states.dtype, table.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        pairs = zip(ctx.saved_tensors, ctx.dtypes, strict=True)
        scaled = [None if saved is None else (saved * outer[0]).to(dtype) for saved, dtype in pairs]
        return (*scaled, None, None, None)


def _one_chunk(
    logits: Tensor, chosen: slice, compute: Compute, *, learn: bool
) -> tuple[Tensor | None, Tensor, dict[str, Tensor]]:
    with torch.enable_grad():
        leaf = logits.requires_grad_(learn)
        loss, named = compute(leaf, chosen)
    gradient = torch.autograd.grad(loss, leaf)[0] if learn else None
    return gradient, loss.detach(), {name: value.detach() for name, value in named.items()}


def _add_product(total: Tensor, left: Tensor, right: Tensor, size: Tensor | float) -> None:
    if left.dtype == total.dtype:
        total.addmm_(left, right)
    else:
        total += (left @ right).float() * size
