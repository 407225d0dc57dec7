"""Tokens of a text that an encoder must fill in, others in each epoch (BERT: Devlin et al. 2019, arXiv 1810.04805)."""

from dataclasses import dataclass
from typing import Any

import torch

from alambic.models.packing import Collate
from alambic.stages.distill.losses import Batch


@dataclass(frozen=True)
class MaskDrawCollator:
    """A collator whose batches bring what decides which tokens are hidden, drawn by who reads them."""

    collate: Collate

    def __call__(self, examples: list[Any]) -> Batch:
        """Add mask_draws (batch, tokens), from 0 to 1: those of a sequence follow from its own `draw`, on any rank."""
        batch = self.collate(examples)
        tokens = batch["ids"].shape[1]
        generators = [torch.Generator().manual_seed(example.draw) for example in examples]
        draws = torch.stack([torch.rand(tokens, generator=generator) for generator in generators])
        return {**batch, "mask_draws": draws}


def hide_tokens(batch: Batch, mask_id: int, *, share: float = 0.15) -> Batch:
    """Replace a share of the tokens of text by the mask; `target_ids` keeps them, -100 elsewhere."""
    candidates = ~batch["special"]
    draws = batch["mask_draws"].masked_fill(~candidates, 2.0)
    hidden = draws < share
    lowest = torch.zeros_like(hidden).scatter(1, draws.argmin(1, keepdim=True), True)
    hidden |= lowest & candidates & ~hidden.any(1, keepdim=True)  # one at least, where there is text
    target_ids = batch["ids"].masked_fill(~hidden, -100)
    return {**batch, "ids": batch["ids"].masked_fill(hidden, mask_id), "target_ids": target_ids}
