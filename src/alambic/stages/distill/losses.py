"""The student with its objectives: what the training loop optimises."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from torch import Tensor, nn

from alambic.stages.distill.pooling import teacher_means
from alambic.stages.distill.teacher_targets import TeacherTargets
from alambic.training.chunked_loss import in_chunks, rows_per_chunk

Batch = dict[str, Tensor]
Objective = Callable[..., Tensor]


@dataclass(frozen=True)
class PredictedTokens:
    """The n tokens that a student predicts in a batch."""

    states: Tensor  # (n, width) what it predicts them from
    table: Tensor  # (vocabulary, width) the output layer
    targets: TeacherTargets
    text_weights: Tensor  # (n,) share of each token in the mean: over the tokens of a sequence, then over sequences
    teacher_weights: Tensor | None = None  # (n,) the same over the tokens that have a target of the teacher


class StudentModel(Protocol):
    """The forward pass of a student of some family."""

    student: nn.Module

    def states(self, batch: Batch) -> Tensor:
        """Give the states after the last layer (batch, tokens, width)."""
        ...

    def compared(self, states: Tensor, batch: Batch) -> Tensor:
        """Bring states to the teacher's width, for objectives that compare them."""
        ...

    def label_logits(self, batch: Batch) -> Tensor:
        """Give logits (batch, labels) of each text, for objectives on labels."""
        ...

    def predict(self, batch: Batch, states: Tensor | None) -> PredictedTokens:
        """Give the predicted tokens; `states` are those of the text as it is, where they were computed."""
        ...


class Objectives(nn.Module):
    """A student and the weighted sum of its objectives; `forward` gives each of them and their sum, `loss`."""

    def __init__(self, student_model: nn.Module, objectives: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self.student_model = student_model
        modules = {name: import_module(f"alambic.stages.distill.objectives.{name}") for name in objectives}
        self.terms: dict[str, Objective] = {
            name: partial(module.objective, **{k: v for k, v in objectives[name].items() if k != "weight"})
            for name, module in modules.items()
        }
        self.weights = {name: options["weight"] for name, options in objectives.items()}
        self.on_states = sorted(name for name, module in modules.items() if module.READS in ("states", "attention"))
        self.on_tokens = sorted(name for name, module in modules.items() if module.READS == "tokens")
        self.on_labels = sorted(name for name, module in modules.items() if module.READS == "labels")
        self.on_text = {name for name, module in modules.items() if not module.SIGNALS}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Compute every objective on the batch."""
        losses: dict[str, Tensor] = {}
        states = self.student_model.states(batch) if self.on_states else None  # type: ignore[operator]
        compared = self.student_model.compared(states, batch) if self.on_states else None  # type: ignore[operator]
        vectors = {"targets": teacher_means(batch), "known": batch["counts"] > 0} if self.on_states else {}
        for name in self.on_states:
            losses[name] = self.terms[name](compared, batch | vectors)
        for name in self.on_labels:
            logits = self.student_model.label_logits(batch)  # type: ignore[operator]
            losses[name] = self.terms[name](logits, batch["label_log_probs"])
        loss = sum(losses[name] * self.weights[name] for name in (*self.on_states, *self.on_labels))
        if self.on_tokens:
            total, parts = self._on_tokens(self.student_model.predict(batch, states))  # type: ignore[operator]
            loss, losses = loss + total, losses | parts
        return {"loss": loss, **losses}

    def _on_tokens(self, predicted: PredictedTokens) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum the objectives on predicted tokens, whose logits are never held all at once."""

        def compute(logits: Tensor, chosen: slice, *teachers: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            targets = predicted.targets.rows(chosen, teachers)
            parts = {}
            for name in self.on_tokens:
                weights = predicted.text_weights if name in self.on_text else predicted.teacher_weights
                assert weights is not None, f"{name}: the signal holds no targets of tokens"
                parts[name] = (self.terms[name](logits, targets) * weights[chosen]).sum()
            return sum((parts[name] * self.weights[name] for name in parts), logits.new_zeros(())), parts

        online_teacher = predicted.targets.online_teacher
        teacher_layers = [] if online_teacher is None else [online_teacher]
        columns = sum(map(len, (predicted.table, *(table for _, table in teacher_layers))))
        rows = rows_per_chunk(columns, predicted.table.device)
        return in_chunks(predicted.states, predicted.table, compute, rows=rows, teacher_layers=teacher_layers)


def token_weights(chosen: Tensor) -> Tensor:
    """Weight tokens (batch, tokens) so that their sum is the mean over a sequence's tokens, then over sequences.

    [[True, True], [True, False]] -> [[0.25, 0.25], [0.5, 0]].
    """
    each = chosen.sum(dim=1, keepdim=True).clamp(min=1).float()
    return chosen / each / len(chosen)


def predicted_tokens(
    batch: dict[str, Tensor],
    states: Tensor,
    table: Tensor,
    *,
    first: Tensor | None,
    size: int,
    spans: Tensor | None = None,
) -> PredictedTokens:
    """Gather the tokens that a student predicts, from its states (batch, tokens, width), and their targets."""
    chosen = batch["target_ids"] >= 0
    targets = TeacherTargets(
        batch["target_ids"][chosen],
        batch.get("teacher_ids"),
        batch.get("weights"),
        batch.get("entropies"),
        first,
        size,
        spans,
        batch.get("multi_piece_log_probs"),
    )
    # What a student generated is nobody's text.
    of_text = chosen & ~batch["generated"][:, None] if "generated" in batch else chosen
    teacher_weights = token_weights(batch["has_teacher_target"])[chosen] if "has_teacher_target" in batch else None
    return PredictedTokens(states[chosen], table, targets, token_weights(of_text)[chosen], teacher_weights)
