"""A model that writes, one token of every row at a time; what it has read is in its cache."""

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from alambic.models.padding import padded


class CachedSteps:
    """A causal model behind its prompts."""

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], *, pad: int) -> None:
        self.model, self.cache = model, None
        inputs = padded(prompts, fill=pad, left=True, device=model.device)
        self.ids, self.mask = inputs["input_ids"], inputs["attention_mask"]
        self.counts_positions = "position_ids" in inspect.signature(model.forward).parameters
        self.positions = (self.mask.cumsum(dim=1) - 1).clamp(min=0)

    def begin(self) -> Tensor:
        """Read the prompts; give the logits of the first tokens, (rows, vocabulary)."""
        return self._read(self.ids)

    def next(self, tokens: Tensor) -> Tensor:
        """Read the tokens that were written, (rows,); give the logits of those after them."""
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=1)
        self.positions = self.positions[:, -1:] + 1
        return self._read(tokens[:, None])

    def _read(self, ids: Tensor) -> Tensor:
        given = {"position_ids": self.positions} if self.counts_positions else {}
        read = self.model(
            input_ids=ids,
            attention_mask=self.mask,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
            **given,
        )
        self.cache = read.past_key_values
        logits: Tensor = read.logits[:, -1].float()
        return logits

    def repeat(self, times: int) -> None:
        """Give each row that many copies, side by side."""
        assert self.cache is not None
        self.cache.batch_repeat_interleave(times)
        self.mask = self.mask.repeat_interleave(times, dim=0)
        self.positions = self.positions.repeat_interleave(times, dim=0)

    def select(self, rows: Tensor) -> None:
        """Go on with these rows alone, in this order."""
        assert self.cache is not None
        self.cache.batch_select_indices(rows)
        self.mask, self.positions = self.mask[rows], self.positions[rows]

    def permute(self, rows: Tensor) -> None:
        """Put rows in another order, each in the place of one with the same prompt."""
        assert self.cache is not None
        self.cache.reorder_cache(rows)


class CachedDecoderSteps:
    """The decoder of a model that has read its sources."""

    def __init__(self, model: Any, sources: Sequence[Sequence[int]], *, pad: int, start: int) -> None:
        self.model, self.cache = model, None
        inputs = padded(sources, fill=pad, device=model.device)
        self.mask = inputs["attention_mask"]
        self.states = model.get_encoder()(**inputs).last_hidden_state
        self.starts = torch.full((len(sources),), start, device=model.device)

    def begin(self) -> Tensor:
        """Give the logits of the first tokens, (rows, vocabulary)."""
        return self.next(self.starts)

    def next(self, tokens: Tensor) -> Tensor:
        """Read the tokens that were written, (rows,); give the logits of those after them."""
        read = self.model(
            encoder_outputs=BaseModelOutput(last_hidden_state=self.states),
            attention_mask=self.mask,
            decoder_input_ids=tokens[:, None],
            past_key_values=self.cache,
            use_cache=True,
        )
        self.cache = read.past_key_values
        logits: Tensor = read.logits[:, -1].float()
        return logits

    def repeat(self, times: int) -> None:
        """Give each row that many copies, side by side."""
        assert self.cache is not None
        self.cache.batch_repeat_interleave(times)
        self.mask = self.mask.repeat_interleave(times, dim=0)
        self.states = self.states.repeat_interleave(times, dim=0)

    def select(self, rows: Tensor) -> None:
        """Go on with these rows alone, in this order."""
        assert self.cache is not None
        self.cache.batch_select_indices(rows)
        self.mask, self.states = self.mask[rows], self.states[rows]

    def permute(self, rows: Tensor) -> None:
        """Put rows in another order, each in the place of one with the same source: what was read of it is the same."""
        assert self.cache is not None
        self.cache.self_attention_cache.reorder_cache(rows)


Steps = CachedSteps | CachedDecoderSteps


def steps_of(model: Any, sources: Sequence[Sequence[int]], *, pad: int, start: int | None) -> Steps:
    """Have a model write after `sources`: a causal one, or one whose decoder begins with the token `start`."""
    if start is None:
        return CachedSteps(model, sources, pad=pad)
    return CachedDecoderSteps(model, sources, pad=pad, start=start)
