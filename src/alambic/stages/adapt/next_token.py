"""How well a causal model predicts a text: its loss when it learns, its bits per byte when it is measured."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.models.causal import first_token, output_layer
from alambic.stages.adapt.windows import WindowCollator, windows
from alambic.training.chunked_loss import in_chunks, rows_per_chunk


class NextToken(nn.Module):
    """A causal model whose loss is the mean over sequences of their mean cross-entropy, in nats."""

    def __init__(self, model: PreTrainedModel, *, learning: nn.Module | None = None) -> None:
        super().__init__()
        self.learning = model if learning is None else learning
        self._model = [model]  # within `learning`, which may add to it: not a module of its own

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute `loss` from ids and mask (sequences, tokens)."""
        model, predicted = self._model[0], batch["mask"][:, 1:].bool()
        read = model.base_model(input_ids=batch["ids"], attention_mask=batch["mask"], use_cache=False)
        shares = predicted / predicted.sum(dim=1, keepdim=True).clamp(min=1) / len(predicted)
        target_ids, weights = batch["ids"][:, 1:][predicted], shares[predicted]

        def compute(logits: Tensor, chosen: slice) -> tuple[Tensor, dict[str, Tensor]]:
            losses = functional.cross_entropy(logits, target_ids[chosen], reduction="none")
            return (losses * weights[chosen]).sum(), {}

        table = output_layer(model)
        states = read.last_hidden_state[:, :-1][predicted]
        return {"loss": in_chunks(states, table, compute, rows=rows_per_chunk(len(table), table.device))[0]}


@torch.no_grad()
def bits_per_byte(model: PreTrainedModel, tokenizer: Any, documents: Sequence[Document], *, longest: int) -> float:
    """Measure how many bits the model needs for a byte of text; comparable between tokenizers, lower is better.

    Windows of `longest` tokens, so that the first tokens of a window are predicted from little; ends of documents are
    not counted. UserError when there is no text.
    """
    size = sum(len(document.text.encode("utf-8", "surrogatepass")) for document in documents)
    if not size:
        raise UserError("the corpus has no held-out text to measure on: raise `held_out` of its cleaning")
    model.eval()
    module, start, nats = NextToken(model), first_token(tokenizer), 0.0
    collate, device = WindowCollator(start), next(model.parameters()).device
    for window in windows(documents, tokenizer, start=start, longest=longest, ends=False):
        batch = {name: values.to(device) for name, values in collate([window]).items()}
        nats += float(module(batch)["loss"]) * (len(window) - 1)
    return nats / math.log(2) / size
