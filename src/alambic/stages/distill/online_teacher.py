"""An online teacher: it reads what its student reads, in the same step."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel

from alambic.errors import UserError
from alambic.models.masked import append_bias_column, open_masked
from alambic.models.opening import open_model, open_tokenizer
from alambic.models.packing import Rows, arguments, last_states, packable

Batch = dict[str, Tensor]


def open_causal_teacher(folder: Path, tokenizer: Any | None) -> PreTrainedModel:
    """Open a causal teacher; UserError where it does not share the student's tokenizer, if one is given."""
    if tokenizer is not None:
        check_same_pieces(folder, tokenizer)
    teacher: PreTrainedModel = open_model(AutoModelForCausalLM, folder, dtype=torch.float32)
    return teacher.eval().requires_grad_(False)


def causal_states(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Give a causal model's last states of ids and mask (batch, tokens): (batch, tokens, width)."""
    return last_states(model.base_model, batch, use_cache=False)


class MaskedTeacher(nn.Module):
    """A masked-language model, without the output layer that its states are multiplied with."""

    table: Tensor  # (vocabulary, width + 1)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.model, table = open_masked(folder)
        self.register_buffer("table", table, persistent=False)

    def states(self, batch: Batch) -> Tensor:
        """Read a text with hidden tokens: (batch, tokens, width + 1)."""
        with torch.no_grad():
            rows = Rows.of(batch) if packable(self.model) else None
            if rows is None:
                states = self.model(input_ids=batch["ids"], attention_mask=batch["mask"]).logits
            else:
                states = rows.unpack(self.model(**arguments(self.model, rows, batch["ids"])).logits)
        return append_bias_column(states)


def open_masked_teacher(folder: Path, tokenizer: Any) -> MaskedTeacher:
    """Open a masked-language model as a teacher; UserError where it does not share the student's tokenizer."""
    check_same_pieces(folder, tokenizer)
    return MaskedTeacher(folder)


def check_same_pieces(folder: Path, tokenizer: Any) -> None:
    """Refuse a teacher that would read other numbers for the same pieces."""
    theirs, special = open_tokenizer(folder).get_vocab(), set(tokenizer.all_special_tokens)
    if any(theirs.get(piece) != number for piece, number in tokenizer.get_vocab().items() if piece not in special):
        raise UserError(
            "online: the student's tokenizer differs from its teacher's; "
            "use a stored signal, a tokenizer with added_pieces: 0 and trim: false, or the objective universal_logits"
        )
