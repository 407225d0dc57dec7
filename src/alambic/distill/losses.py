"""The student with its objectives: what the training loop optimises."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.models.bert.modeling_bert import BertPredictionHeadTransform

from alambic.distill.student import table_of

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Encoded:
    """What the student made of a batch."""

    states: Tensor  # (batch, tokens, width) after the last layer
    logits: Callable[[Tensor], Tensor]  # states (n, width) -> logits over the vocabulary (n, vocabulary)


class Objectives(nn.Module):
    """A student and the weighted sum of its objectives; `forward` gives each of them and their sum, `loss`."""

    def __init__(self, student: PreTrainedModel, objectives: dict[str, dict[str, Any]], *, mask_id: int) -> None:
        super().__init__()
        self.student = student
        self.mask_id = mask_id
        modules = {name: import_module(f"alambic.distill.objectives.{name}") for name in objectives}
        self.masked = {name for name, module in modules.items() if module.READS == "masked"}
        self.terms = {name: partial(modules[name].objective, **_options(objectives[name])) for name in objectives}
        self.weights = {name: options["weight"] for name, options in objectives.items()}
        # Predicts pieces from states, with the embeddings as its output layer (as BERT does).
        self.head = BertPredictionHeadTransform(student.config) if self.masked else None

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Compute every objective on the batch, once per kind of reading: whole text, or masked."""
        found: dict[str, Tensor] = {}
        if self.terms.keys() - self.masked:
            found |= self._compute(batch, self.terms.keys() - self.masked)
        if self.masked:
            found |= self._compute(hide_tokens(batch, self.mask_id), self.masked)
        return {"loss": sum(found[name] * self.weights[name] for name in sorted(found)), **found}

    def _compute(self, batch: Batch, names: set[str]) -> dict[str, Tensor]:
        outputs = self.student(input_ids=batch["ids"], attention_mask=batch["mask"])
        encoded = Encoded(outputs.last_hidden_state, self._logits)
        return {name: self.terms[name](encoded, batch) for name in sorted(names)}

    def _logits(self, states: Tensor) -> Tensor:
        assert self.head is not None
        return self.head(states) @ table_of(self.student).T


def _options(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "weight"}


def hide_tokens(batch: Batch, mask_id: int, *, share: float = 0.15) -> Batch:
    """Replace a share of the tokens of text by the mask; `labels` keeps them, -100 elsewhere.

    Where they are is drawn for each sequence from its own `draw`, so that it does not depend on the number of ranks.
    """
    hidden = torch.zeros_like(batch["ids"], dtype=torch.bool)
    for row, draw in enumerate(batch["draw"].tolist()):
        generator = torch.Generator().manual_seed(draw)
        chances = torch.rand(batch["ids"].shape[1], generator=generator).to(hidden.device)
        candidates = ~batch["special"][row]
        hidden[row] = candidates & (chances < share)
        if candidates.any() and not hidden[row].any():
            hidden[row, chances.masked_fill(~candidates, 2.0).argmin()] = True
    labels = batch["ids"].masked_fill(~hidden, -100)
    return {**batch, "ids": batch["ids"].masked_fill(hidden, mask_id), "labels": labels}
