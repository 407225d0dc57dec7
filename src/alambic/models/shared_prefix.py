"""Tokens that stand before every text, such as a prompt: a causal model reads them once, for all texts."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor


class SharedPrefix:
    """A causal model's cache behind some tokens."""

    @torch.inference_mode()
    def __init__(self, model: Any, ids: Sequence[int]) -> None:
        model.eval()
        self.ids = list(ids)
        read = model(input_ids=torch.tensor([self.ids], device=model.device), use_cache=True, logits_to_keep=1)
        self._cache = read.past_key_values

    def __len__(self) -> int:
        return len(self.ids)

    def cache(self, rows: int) -> Any:
        """Copy the cache for each of `rows` texts; what is read behind one changes no other."""
        copied = deepcopy(self._cache)
        copied.batch_repeat_interleave(rows)
        return copied

    def mask(self, own: Tensor) -> Tensor:
        """Put the prefix before the masks of texts: (rows, tokens) -> (rows, prefix and tokens)."""
        return torch.cat([own.new_ones(len(own), len(self)), own], dim=1)
