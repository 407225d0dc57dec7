"""What a model gives for windows of texts, many at a time."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from alambic.models.padding import padded
from alambic.tasks.windows import Window

TEXTS_AT_ONCE = {"cpu": 16, "cuda": 256}


@torch.inference_mode()
def window_logits(
    model: Any, windows: Sequence[Window], *, examples: int, pad_id: int
) -> list[list[tuple[Window, Tensor]]]:
    """Give the windows of each of `examples` examples with their logits, in single precision on the CPU.

    A window's logits are (labels,) or (tokens of its batch, labels). The shortest windows are read first.
    """
    model.eval()
    by_example: list[list[tuple[Window, Tensor]]] = [[] for _ in range(examples)]
    ordered = sorted(windows, key=len)
    size = TEXTS_AT_ONCE[model.device.type]
    for start in range(0, len(ordered), size):
        batch = ordered[start : start + size]
        inputs = padded([window.ids for window in batch], fill=pad_id, device=model.device)
        for window, logits in zip(batch, model(**inputs).logits.float().cpu(), strict=True):
            by_example[window.example].append((window, logits))
    return by_example
