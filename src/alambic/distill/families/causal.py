"""Causal students: from the teacher's stored expectations of the next token, and from the text."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.causal import first_token, output_layer
from alambic.distill.continuations import Collator, continuations, coverage
from alambic.distill.expectations import Expectations
from alambic.distill.losses import Batch, Predicted, shares
from alambic.distill.prepared import Prepared
from alambic.distill.said import Said
from alambic.distill.student import build_causal, mapping
from alambic.inputs import Inputs
from alambic.records import read_documents
from alambic.settings import Distill

SIGNALS = ("next_tokens",)


def prepare(settings: Distill, inputs: Inputs, tokenizer: Any) -> Prepared:
    """Build the student, and what it is trained on."""
    student = build_causal(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        layers=settings.layers,
        initial=settings.initial,
        vocabulary=len(tokenizer),
        shape=settings.shape,
    )
    expectations = Expectations(inputs.one("signal")) if settings.signal else None
    examples = list(
        continuations(
            read_documents(inputs.one("corpus"), part="train"),
            tokenizer,
            first=first_token(tokenizer),
            length=settings.sequence_length,
            expectations=expectations,
        )
    )
    pad = tokenizer.pad_token_id
    first = first_pieces(inputs.one("tokenizer"), tokenizer, expectations.vocabulary) if expectations else None
    return Prepared(
        student=student,
        reader=Causal(student, first=first, size=expectations.vocabulary if expectations else 0),
        examples=examples,
        lengths=[len(example.ids) for example in examples],
        collate=Collator(
            pad=first_token(tokenizer) if pad is None else pad,
            drawn=expectations.top + expectations.sampled if expectations else 0,
        ),
        vary=None,
        coverage=coverage(examples) if expectations else None,
    )


def first_pieces(folder: Path, tokenizer: Any, vocabulary: int) -> Tensor | None:
    """Give the teacher's piece that each piece begins with; None where the teacher's pieces are all there, unchanged.

    A special token that was added stands for no text: it begins with no piece, which is the number `vocabulary`.
    """
    rows = mapping(folder)
    first = torch.tensor([ids[0] for ids in rows["old_ids"]])
    special = [one for one in tokenizer.all_special_ids if rows["origin"][one] == "added"]
    first[special] = vocabulary
    own = torch.arange(len(first)).clamp(max=vocabulary)
    return None if torch.equal(first, own) else first


class Causal(nn.Module):
    """A causal model, which predicts the next token."""

    first: Tensor | None

    def __init__(self, student: PreTrainedModel, *, first: Tensor | None, size: int) -> None:
        super().__init__()
        self.student, self.size = student, size
        self.register_buffer("first", first, persistent=False)

    def states(self, batch: Batch) -> Tensor:
        """Read the text."""
        states: Tensor = self.student.base_model(
            input_ids=batch["ids"], attention_mask=batch["mask"], use_cache=False
        ).last_hidden_state
        return states

    def predict(self, batch: Batch, states: Tensor | None) -> Predicted:
        """Predict the token after each token."""
        read = self.states(batch) if states is None else states
        predicted = batch["labels"] >= 0
        said = Said(
            batch["labels"][predicted],
            batch.get("teacher_ids"),
            batch.get("weights"),
            batch.get("entropies"),
            self.first,
            self.size,
        )
        heard = shares(batch["heard"])[predicted] if "weights" in batch else None
        return Predicted(read[predicted], output_layer(self.student), said, shares(predicted)[predicted], heard)
