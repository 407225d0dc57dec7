"""Texts with what is to be written for them, in tokens, and batches of these."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from alambic.models.padding import padded
from alambic.tasks.head import LabelledWindow

NOT_COUNTED = -100  # marks a place whose token is not learnt


@dataclass(frozen=True)
class Passage:
    """The tokens of a text, those of a causal model up to the token that opens the target, and those of the target."""

    example: int
    source: list[int]
    target: list[int]

    def __len__(self) -> int:
        return len(self.source) + len(self.target)


@dataclass(frozen=True)
class CausalBatch:
    """Stack texts with their targets."""

    pad_id: int

    def __call__(self, passages: Sequence[LabelledWindow[Passage]]) -> dict[str, Tensor]:
        """Give `input_ids`, `attention_mask` and `labels`, which are the targets' tokens: each (passages, tokens)."""
        windows = [labelled.window for labelled in passages]
        batch = padded([[*window.source, *window.target] for window in windows], fill=self.pad_id)
        labels = torch.full_like(batch["input_ids"], NOT_COUNTED)
        for row, window in enumerate(windows):
            labels[row, len(window.source) : len(window)] = torch.tensor(window.target)
        return {**batch, "labels": labels}


@dataclass(frozen=True)
class SourceTargetBatch:
    """Stack sources, and their targets."""

    pad_id: int
    start: int

    def __call__(self, passages: Sequence[LabelledWindow[Passage]]) -> dict[str, Tensor]:
        """Give `input_ids`, `attention_mask` (passages, tokens), `decoder_input_ids` and `labels` (passages, written).

        What the decoder is given is the target one place later, behind the token that starts it.
        """
        windows = [labelled.window for labelled in passages]
        source = padded([window.source for window in windows], fill=self.pad_id)
        given = padded([[self.start, *window.target[:-1]] for window in windows], fill=self.pad_id)
        labels = padded([window.target for window in windows], fill=NOT_COUNTED)
        return {**source, "decoder_input_ids": given["input_ids"], "labels": labels["input_ids"]}
