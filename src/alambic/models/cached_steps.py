"""A model that writes, one token of every row at a time; what it has read is in its cache."""

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from alambic.models.padding import padded
from alambic.models.shared_prefix import SharedPrefix


class _Rows:
    """A model with its cache, and the mask and another tensor that each row has of what it read."""

    def __init__(self, model: Any, mask: Tensor, of_rows: Tensor, cache: Any = None) -> None:
        self.model, self.cache = model, cache
        self.mask, self.of_rows = mask, of_rows

    def _logits(self, **inputs: Any) -> Tensor:
        """Read inputs behind what is in the cache; give the logits of the token after them, (rows, vocabulary)."""
        read = self.model(attention_mask=self.mask, past_key_values=self.cache, use_cache=True, **inputs)
        self.cache = read.past_key_values
        logits: Tensor = read.logits[:, -1].float()
        return logits

    def repeat(self, times: int) -> None:
        """Give each row that many copies, side by side."""
        assert self.cache is not None
        self.cache.batch_repeat_interleave(times)
        self.mask, self.of_rows = (each.repeat_interleave(times, dim=0) for each in (self.mask, self.of_rows))

    def select(self, rows: Tensor) -> None:
        """Go on with these rows alone, in this order."""
        assert self.cache is not None
        self.cache.batch_select_indices(rows)
        self.mask, self.of_rows = self.mask[rows], self.of_rows[rows]


class CachedSteps(_Rows):
    """A causal model behind its prompts; of each row it has the positions of what is read next.

    `prefix`: what stands before every prompt, and is read already.
    """

    def __init__(
        self, model: Any, prompts: Sequence[Sequence[int]], *, pad: int, prefix: SharedPrefix | None = None
    ) -> None:
        inputs = padded(prompts, fill=pad, left=True, device=model.device)
        mask = inputs["attention_mask"]
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        if prefix is None:
            super().__init__(model, mask, positions)
        else:
            super().__init__(model, prefix.mask(mask), positions + len(prefix), prefix.cache(len(prompts)))
        self.ids = inputs["input_ids"]
        self.counts_positions = "position_ids" in inspect.signature(model.forward).parameters

    def begin(self) -> Tensor:
        """Read the prompts; give the logits of the first tokens, (rows, vocabulary)."""
        return self._read(self.ids)

    def next(self, tokens: Tensor) -> Tensor:
        """Read the tokens that were written, (rows,); give the logits of those after them."""
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=1)
        self.of_rows = self.of_rows[:, -1:] + 1
        return self._read(tokens[:, None])

    def _read(self, ids: Tensor) -> Tensor:
        given = {"position_ids": self.of_rows} if self.counts_positions else {}
        return self._logits(input_ids=ids, logits_to_keep=1, **given)

    def permute(self, rows: Tensor) -> None:
        """Put rows in another order, each in the place of one with the same prompt."""
        assert self.cache is not None
        self.cache.reorder_cache(rows)


class CachedDecoderSteps(_Rows):
    """The decoder of a model that has read its sources; of each row it has the encoder's states."""

    def __init__(self, model: Any, sources: Sequence[Sequence[int]], *, pad: int, start: int) -> None:
        inputs = padded(sources, fill=pad, device=model.device)
        super().__init__(model, inputs["attention_mask"], model.get_encoder()(**inputs).last_hidden_state)
        self.starts = torch.full((len(sources),), start, device=model.device)

    def begin(self) -> Tensor:
        """Give the logits of the first tokens, (rows, vocabulary)."""
        return self.next(self.starts)

    def next(self, tokens: Tensor) -> Tensor:
        """Read the tokens that were written, (rows,); give the logits of those after them."""
        states = BaseModelOutput(last_hidden_state=self.of_rows)
        return self._logits(encoder_outputs=states, decoder_input_ids=tokens[:, None])

    def permute(self, rows: Tensor) -> None:
        """Put rows in another order, each in the place of one with the same source: what was read of it is the same."""
        assert self.cache is not None
        self.cache.self_attention_cache.reorder_cache(rows)


Steps = CachedSteps | CachedDecoderSteps


def steps_of(
    model: Any, sources: Sequence[Sequence[int]], *, pad: int, start: int | None, prefix: SharedPrefix | None = None
) -> Steps:
    """Have a model write after `sources`: a causal one, or one whose decoder begins with the token `start`.

    A causal one may have read a `prefix` before each of them.
    """
    if start is None:
        return CachedSteps(model, sources, pad=pad, prefix=prefix)
    return CachedDecoderSteps(model, sources, pad=pad, start=start)
