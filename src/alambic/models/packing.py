"""Models that read several sequences in a row, each as if it were alone: none attends to another, positions begin anew.

What is read is put together just before the model, and its states are taken apart just after it: whatever draws from a
batch, or learns from states, finds each sequence by itself.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.masking_utils import create_bidirectional_sliding_window_mask

from alambic.models.bin_packing import PackingCollator
from alambic.models.compat import attention_implementation
from alambic.models.positions import window_length

log = logging.getLogger("alambic.stages.distill")

Batch = dict[str, Tensor]
Collate = Callable[[list[Any]], Batch]

# Types of models by where they take positions from:
CAUSAL = ("llama", "qwen2", "qwen3", "mistral", "gemma3_text")  # they are given; where they begin anew, masks do
COUNTED = ("bert", "modernbert")  # they are given
OF_TEXT = ("roberta", "xlm-roberta", "camembert")  # counted over all but the piece for padding
OF_PLACES = ("bart", "mbart", "marian")  # the place in a row, whatever is given
RELATIVE = ("t5",)  # the way from one token to another, which is the same wherever in a row a sequence lies
MOST_SEQUENCES = 4  # of the longest ones in a row: masks and T5's biases grow with its square

PACKABLE = (*CAUSAL, *COUNTED, *OF_TEXT, *OF_PLACES, *RELATIVE)


def packable(model: PreTrainedModel) -> bool:
    """Say whether a model, or both halves of a pair, can read several sequences in a row exactly."""
    config: Any = model.config
    halves = [config.encoder, config.decoder] if config.model_type == "encoder-decoder" else [config]
    return all(half.model_type in PACKABLE and attention_implementation(half) == "sdpa" for half in halves)


def pack_batches(collate: Collate, model: PreTrainedModel, *, longest: int) -> Collate:
    """Have sequences of at most `longest` tokens share rows in the batches of a model that can read them so."""
    if not packable(model):
        log.info("a %s reads each sequence in a row of its own, padded", model.config.model_type)
        return collate
    most = MOST_SEQUENCES * longest
    if model.config.model_type in OF_PLACES:
        most = window_length(model.config, wanted=most)
    return PackingCollator(collate, longest=most, size=model.config.hidden_size)


@dataclass(frozen=True)
class Rows:
    """The rows that n padded sequences share."""

    packed: Tensor  # (rows, width) which token of the padded batch is at each place, -1 for none
    shape: torch.Size  # n, tokens

    @classmethod
    def of(cls, batch: Batch, name: str = "ids") -> "Rows | None":
        """Find those of a batch's `ids`, or of its `source_ids`; None where each sequence has a row of its own."""
        packed = {"ids": "packed", "source_ids": "source_packed"}[name]
        return cls(batch[packed], batch[name].shape) if packed in batch else None

    @property
    def segments(self) -> Tensor:
        """The sequence at each place: (rows, width), -1 for none."""
        return self.packed.div(self.shape[1], rounding_mode="floor")

    @property
    def positions(self) -> Tensor:
        """Where in its sequence each place is: (rows, width), 0 for none."""
        return self.packed.remainder(self.shape[1]).masked_fill(self.packed < 0, 0)

    def pack(self, values: Tensor, fill: int) -> Tensor:
        """Put what is known of padded tokens (n, tokens) into rows: (rows, width)."""
        return values.flatten()[self.packed.clamp(min=0)].masked_fill(self.packed < 0, fill)

    def unpack(self, states: Tensor) -> Tensor:
        """Take states (rows, width, size) apart: (n, tokens, size), zero at padding."""
        count = self.shape.numel()
        where = self.packed.where(self.packed >= 0, count).flatten()
        padded = states.new_zeros(count + 1, states.shape[-1]).index_copy(0, where, states.flatten(0, 1))
        return padded[:count].unflatten(0, self.shape)

    def attention_mask(self, other: "Rows") -> Tensor:
        """Mark which places of other rows each place attends to: (rows, 1, width, other's width) bool.

        Those of its own sequence. A place for nothing attends to all: attention to nothing is not a number.
        """
        mine, theirs = self.segments[:, None, :, None], other.segments[:, None, None, :]
        return (mine == theirs) | (mine < 0)


def last_states(model: Any, batch: Batch, **others: Any) -> Tensor:
    """Give a model's last states of ids and mask (batch, tokens), in rows that sequences share or padded.

    They are (batch, tokens, size). `others` are arguments of a model that reads padded sequences.
    """
    rows = Rows.of(batch) if packable(model) else None
    if rows is not None:
        return rows.unpack(read_rows(model, rows, batch["ids"]))
    states: Tensor = model(input_ids=batch["ids"], attention_mask=batch["mask"], **others).last_hidden_state
    return states


def read_rows(half: Any, rows: Rows, ids: Tensor, *, writes: bool = False, **others: Any) -> Tensor:
    """Read padded tokens (n, tokens) in rows, by a model or a half of a pair: last states (rows, width, size).

    A half that `writes` attends to nothing that comes later; what is neither it nor a model that does so, to all.
    """
    with _vectors_of(half, rows.positions):
        states: Tensor = half(**arguments(half, rows, ids, writes=writes), **others).last_hidden_state
    return states


def arguments(half: Any, rows: Rows, ids: Tensor, *, writes: bool = False) -> dict[str, Any]:
    """Say what a model is to read, from which positions, and what of it each token may attend to."""
    kind, given = half.config.model_type, {"input_ids": rows.pack(ids, 0)}
    if kind in CAUSAL:
        return given | {"position_ids": rows.positions, "use_cache": False}  # with a cache, it would not mask
    attention_mask = rows.attention_mask(rows)
    if kind == "modernbert":
        return given | {"position_ids": rows.positions, "attention_mask": _nearby_too(half.config, attention_mask)}
    if writes:
        attention_mask = attention_mask.tril()
    if kind in OF_TEXT:
        embeddings = half.base_model.embeddings
        positions = embeddings.create_position_ids_from_input_ids(ids, embeddings.padding_idx)
        return given | {"position_ids": rows.pack(positions, embeddings.padding_idx), "attention_mask": attention_mask}
    return given | ({"position_ids": rows.positions} if kind in COUNTED else {}) | {"attention_mask": attention_mask}


def _nearby_too(config: Any, attention_mask: Tensor) -> dict[str, Tensor]:
    """Give the masks of the two kinds of layers that ModernBERT has."""
    like = attention_mask.new_empty(attention_mask.shape[0], attention_mask.shape[2], 0, dtype=torch.float32)
    nearby = create_bidirectional_sliding_window_mask(config, like, None)
    return {
        "full_attention": attention_mask,
        "sliding_attention": attention_mask if nearby is None else attention_mask & nearby,
    }


@contextmanager
def _vectors_of(half: Any, positions: Tensor) -> Iterator[None]:
    """Exchange the vectors of places in a row for those of `positions` (rows, width), where a model takes no others."""
    if half.config.model_type not in OF_PLACES:
        yield
        return

    def exchange(module: Any, inputs: Any, vectors: Tensor) -> Tensor:
        return vectors.reshape(-1, *vectors.shape[-2:])[0][positions]

    hook = half.embed_positions.register_forward_hook(exchange)
    try:
        yield
    finally:
        hook.remove()
