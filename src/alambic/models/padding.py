"""Token rows of different lengths as one tensor, and which of its places are tokens."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def padded(
    rows: Sequence[Sequence[int]], *, fill: int = 0, left: bool = False, device: torch.device | None = None
) -> dict[str, Tensor]:
    """Give a model's `input_ids` and `attention_mask` (rows, longest of them); `left` puts the padding first.

    [[5, 6], [7]] -> [[5, 6], [7, 0]] and [[1, 1], [1, 0]].
    """
    lengths = np.array([len(tokens) for tokens in rows])
    mask = np.arange(lengths.max(initial=1)) < lengths[:, None]
    mask = mask[:, ::-1] if left else mask
    ids = np.full(mask.shape, fill, np.int64)
    ids[mask] = np.concatenate([np.asarray(tokens, np.int64) for tokens in rows])
    inputs = {"input_ids": ids, "attention_mask": mask.astype(np.int64)}
    return {name: torch.from_numpy(values).to(device=device) for name, values in inputs.items()}
