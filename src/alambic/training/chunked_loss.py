"""Output layer and objectives in chunks of rows, forward and backward: no logits of a whole batch are ever held.

As in Liger's fused linear cross-entropy (Hsu et al. 2024, arXiv 2410.10989), gradients are computed on the way forward,
when a chunk's logits are there, so that the output layer is multiplied three times, as without chunks.
"""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

# Bytes of one chunk's logits in fp32, an online teacher's included: products want many rows, on a GPU more.
CHUNK_BYTES = {"cpu": 2**25, "cuda": 2**29}
# Bytes of the logits that objectives are computed on at once. A CPU keeps few in its caches, and its allocator does not
# give small tensors back to the system, which would clear their pages at the next one; a GPU takes the whole chunk.
BLOCK_BYTES = {"cpu": 2**22, "cuda": 2**29}

# An output layer and what it reads: states (n, width), table (vocabulary, width).
Layer = tuple[Tensor, Tensor]
# Losses of some rows: their logits (rows, vocabulary) in fp32, which rows they are, and each teacher layer's logits
# -> a scalar, and its named parts.
Compute = Callable[..., tuple[Tensor, dict[str, Tensor]]]

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it


def rows_per_chunk(columns: int, device: torch.device) -> int:
    """Say how many rows of logits are computed at once; `columns` are the pieces of all vocabularies together."""
    return _rows(CHUNK_BYTES, columns, device)


def rows_per_block(vocabulary: int, device: torch.device) -> int:
    """Say how many rows of logits are looked at once."""
    return _rows(BLOCK_BYTES, vocabulary, device)


def _rows(most: dict[str, int], columns: int, device: torch.device) -> int:
    return max(1, most.get(device.type, most["cpu"]) // (4 * columns))


def in_chunks(
    states: Tensor, table: Tensor, compute: Compute, *, rows: int, teacher_layers: Sequence[Layer] = ()
) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum `compute` over chunks of `rows` rows of the logits states @ table.T; the parts carry no gradient.

    states (n, width), table (vocabulary, width). Under autocast the products are in its type, as a linear layer's are.
    `teacher_layers` have n rows too, and learn nothing.
    """
    parts: dict[str, Tensor] = {}
    several = len(states) > rows
    if several:
        _return_freed(states.device)
    total = _Chunked.apply(states, table, compute, rows, teacher_layers, parts)
    if several:
        _return_freed(states.device)
    return total, parts


def _return_freed(device: torch.device) -> None:
    """Have the C library give back what was freed, which it keeps where it lies between what is still held.

    Large tensors find no place in such gaps: a step would hold both at its peak, here and on its way backward.
    """
    if device.type == "cpu" and _TRIM is not None:
        _TRIM(0)


class _Chunked(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        table: Tensor,
        compute: Compute,
        rows: int,
        teacher_layers: Sequence[Layer],
        parts: dict[str, Tensor],
    ) -> Tensor:
        kind = states.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else states.dtype
        inputs, weights = states.detach().to(dtype), table.detach().to(dtype)
        learn_states, learn_table = ctx.needs_input_grad[:2]
        to_states = torch.zeros_like(states, dtype=torch.float32) if learn_states else None
        to_table = torch.zeros_like(table, dtype=torch.float32) if learn_table else None
        block = rows_per_block(len(table), states.device)

        def learn(chosen: slice) -> Tensor:
            """Add what these rows teach; their logits and what becomes of them are gone when it returns."""
            logits = (inputs[chosen] @ weights.T).float()
            others = [(read[chosen] @ layer.T).float() for read, layer in teacher_layers]
            gradient, loss = _one_chunk(
                logits, others, chosen.start, compute, parts, block=block, learn=learn_states or learn_table
            )
            if gradient is None:
                return loss
            # A gradient is far below fp16's smallest number before the loss is scaled: its largest becomes 1 here.
            size = gradient.abs().amax().clamp(min=1e-30) if dtype == torch.float16 else None
            low = gradient.to(dtype) if size is None else (gradient / size).to(dtype)
            if to_states is not None:
                to_states[chosen] = _scaled((low @ weights).float(), size)
            if to_table is not None:
                _add_product(to_table, low.T, inputs[chosen], size)
            return loss

        total = torch.zeros((), device=states.device)
        for start in range(0, len(states), rows):
            total += learn(slice(start, start + rows))
        ctx.save_for_backward(to_states, to_table)
        ctx.dtypes = states.dtype, table.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        # In place: a table's gradient is as large as the table. PyTorch then refuses a second backward pass.
        pairs = zip(ctx.saved_tensors, ctx.dtypes, strict=True)
        scaled = [None if saved is None else saved.mul_(outer[0]).to(dtype) for saved, dtype in pairs]
        return (*scaled, None, None, None, None)


def _one_chunk(
    logits: Tensor,
    others: list[Tensor],
    start: int,
    compute: Compute,
    parts: dict[str, Tensor],
    *,
    block: int,
    learn: bool,
) -> tuple[Tensor | None, Tensor]:
    """Compute the loss of the rows from `start` on, block by block, add its parts, and give the logits' gradient.

    The gradient takes the place of the logits, which nobody needs any more.
    """
    total = torch.zeros((), device=logits.device)
    for row in range(0, len(logits), block):
        here = slice(row, min(row + block, len(logits)))
        with torch.enable_grad(), torch.autocast(logits.device.type, enabled=False):  # losses are in fp32
            leaf = logits[here].detach().requires_grad_(learn)
            rows = slice(start + here.start, start + here.stop)
            loss, named = compute(leaf, rows, *(other[here] for other in others))
        if learn and len(leaf) == len(logits):
            (gradient,) = torch.autograd.grad(loss, leaf)
            logits = gradient
        elif learn:
            logits[here] = torch.autograd.grad(loss, leaf)[0]
        total += loss.detach()
        for name, value in named.items():
            parts[name] = parts.get(name, 0.0) + value.detach()
    return logits if learn else None, total


def _scaled(values: Tensor, size: Tensor | None) -> Tensor:
    return values if size is None else values * size


def _add_product(total: Tensor, left: Tensor, right: Tensor, size: Tensor | None) -> None:
    if left.dtype == total.dtype:
        total.addmm_(left, right)
    else:
        total += _scaled((left @ right).float(), size)
