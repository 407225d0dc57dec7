"""The student with its objectives: what the training loop optimises."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from torch import Tensor, nn

from alambic.stages.distill.pooling import heard_means
from alambic.stages.distill.teacher_targets import Said
from alambic.training.chunked_loss import in_chunks, rows_per_chunk

Batch = dict[str, Tensor]
Objective = Callable[..., Tensor]


@dataclass(frozen=True)
class Predicted:
    """The tokens that a student predicts in a batch, n of them."""

    states: Tensor  # (n, width) what it predicts them from
    table: Tensor  # (vocabulary, width) the output layer
    said: Said
    of_text: Tensor  # (n,) share of each token in the mean: over the tokens of a sequence, then over sequences
    of_teacher: Tensor | None = None  # (n,) the same over the tokens of which the teacher says something


class Reader(Protocol):
    """How a family of students reads a batch."""

    student: nn.Module

    def states(self, batch: Batch) -> Tensor:
        """Give the states after the last layer (batch, tokens, width)."""
        ...

    def compared(self, states: Tensor, batch: Batch) -> Tensor:
        """Bring states to the teacher's width, for objectives that compare them."""
        ...

    def labels(self, batch: Batch) -> Tensor:
        """Give logits (batch, labels) of each text, for objectives that compare labels."""
        ...

    def predict(self, batch: Batch, states: Tensor | None) -> Predicted:
        """Give what it predicts; `states` are those of the text as it is, where they were computed."""
        ...


class Objectives(nn.Module):
    """A student and the weighted sum of its objectives; `forward` gives each of them and their sum, `loss`."""

    def __init__(self, reader: nn.Module, objectives: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self.reader = reader
        modules = {name: import_module(f"alambic.stages.distill.objectives.{name}") for name in objectives}
        self.terms: dict[str, Objective] = {
            name: partial(module.objective, **{k: v for k, v in objectives[name].items() if k != "weight"})
            for name, module in modules.items()
        }
        self.weights = {name: options["weight"] for name, options in objectives.items()}
        self.on_states = sorted(name for name, module in modules.items() if module.READS in ("states", "attention"))
        self.on_tokens = sorted(name for name, module in modules.items() if module.READS == "tokens")
        self.on_labels = sorted(name for name, module in modules.items() if module.READS == "labels")
        self.of_text = {name for name, module in modules.items() if not module.SIGNALS}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Compute every objective on the batch."""
        found: dict[str, Tensor] = {}
        states = self.reader.states(batch) if self.on_states else None  # type: ignore[operator]
        compared = self.reader.compared(states, batch) if self.on_states else None  # type: ignore[operator]
        heard = {**batch, "targets": heard_means(batch), "known": batch["counts"] > 0} if self.on_states else batch
        for name in self.on_states:
            found[name] = self.terms[name](compared, heard)
        for name in self.on_labels:
            found[name] = self.terms[name](self.reader.labels(batch), batch["said"])  # type: ignore[operator]
        loss = sum(found[name] * self.weights[name] for name in (*self.on_states, *self.on_labels))
        if self.on_tokens:
            total, parts = self._on_tokens(self.reader.predict(batch, states))  # type: ignore[operator]
            loss, found = loss + total, found | parts
        return {"loss": loss, **found}

    def _on_tokens(self, predicted: Predicted) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum the objectives on predicted tokens, whose logits are never held all at once."""

        def compute(logits: Tensor, chosen: slice, *teachers: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            said = predicted.said.rows(chosen, teachers)
            parts = {}
            for name in self.on_tokens:
                shares = predicted.of_text if name in self.of_text else predicted.of_teacher
                assert shares is not None, f"{name}: the signal says nothing of tokens"
                parts[name] = (self.terms[name](logits, said) * shares[chosen]).sum()
            return sum((parts[name] * self.weights[name] for name in parts), logits.new_zeros(())), parts

        beside = [] if predicted.said.beside is None else [predicted.said.beside]
        columns = sum(map(len, (predicted.table, *(table for _, table in beside))))
        rows = rows_per_chunk(columns, predicted.table.device)
        return in_chunks(predicted.states, predicted.table, compute, rows=rows, beside=beside)


def shares(chosen: Tensor) -> Tensor:
    """Weight tokens (batch, tokens) so that their sum is the mean over a sequence's tokens, then over sequences."""
    each = chosen.sum(dim=1, keepdim=True).clamp(min=1).float()
    return chosen / each / len(chosen)


def predicted(
    batch: dict[str, Tensor],
    states: Tensor,
    table: Tensor,
    *,
    first: Tensor | None,
    size: int,
    spans: Tensor | None = None,
) -> Predicted:
    """Gather what a student predicts in a batch, from its states (batch, tokens, width), and what is known of it."""
    chosen = batch["labels"] >= 0
    said = Said(
        batch["labels"][chosen],
        batch.get("teacher_ids"),
        batch.get("weights"),
        batch.get("entropies"),
        first,
        size,
        spans,
        batch.get("wholes"),
    )
    of_text = chosen & ~batch["own"][:, None] if "own" in batch else chosen  # nobody's text is what a student wrote
    of_teacher = shares(batch["heard"])[chosen] if "heard" in batch else None
    return Predicted(states[chosen], table, said, shares(of_text)[chosen], of_teacher)
