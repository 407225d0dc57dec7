"""Causal students: from the teacher's stored expectations of the next token, and from the text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from alambic.causal import first_token, output_layer
from alambic.distill.continuations import Collator, Passages, continuations, predicted
from alambic.distill.expectations import Expectations
from alambic.distill.losses import Batch, Predicted
from alambic.distill.prepared import Prepared
from alambic.distill.student import NewVectors, build_causal
from alambic.distill.vocabulary import mapping
from alambic.errors import UserError
from alambic.inputs import Inputs
from alambic.records import read_documents
from alambic.settings import Distill
from alambic.training.ranks import Ranks

SIGNALS = ("next_tokens", "online")


def empty(settings: Distill, teacher: Path, *, vocabulary: int) -> PreTrainedModel:
    """Build the student without its teacher's weights, for its size."""
    return build_causal(
        teacher,
        Path(),
        layers=settings.layers,
        initial="random",
        vocabulary=vocabulary,
        architecture=settings.architecture,
        shape=settings.shape,
    )


def prepare(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> Prepared:
    """Build the student, and what it is trained on."""
    student = build_causal(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        layers=settings.layers,
        initial=settings.initial,
        vocabulary=len(tokenizer),
        architecture=settings.architecture,
        shape=settings.shape,
        new_vectors=NewVectors.of(settings, inputs),
    )
    expectations = Expectations(inputs.one("signal")) if settings.signal else None
    start, size = first_token(tokenizer), expectations.vocabulary if expectations else 0
    passages = read_passages(settings, inputs, tokenizer, expectations, work)
    first = first_pieces(inputs.one("tokenizer"), tokenizer, size) if expectations else None
    return Prepared(
        student=student,
        reader=Causal(
            student,
            teacher=_beside(inputs.one("teacher"), tokenizer) if settings.online else None,
            first=first,
            size=size,
        ),
        examples=passages,
        lengths=passages.lengths,
        collate=Collator(
            pad=start if tokenizer.pad_token_id is None else tokenizer.pad_token_id,
            drawn=expectations.top + expectations.sampled if expectations else 0,
        ),
        vary=None,
        coverage=passages.coverage,
    )


def read_passages(
    settings: Distill, inputs: Inputs, tokenizer: Any, expectations: Expectations | None, work: Path
) -> Passages:
    """Tokenise the corpus beside its signal; another attempt or rank finds it written down in `work`."""
    found = continuations(
        read_documents(inputs.one("corpus"), part="train"),
        tokenizer,
        first=first_token(tokenizer),
        length=settings.sequence_length,
        expectations=expectations,
    )
    return Passages(work, found, expectations=expectations, write=Ranks.from_environment().is_first)


def first_pieces(folder: Path, tokenizer: Any, vocabulary: int) -> Tensor | None:
    """Give the teacher's piece that each piece begins with; None where the teacher's pieces are all there, unchanged.

    A special token that was added stands for no text: it begins with no piece, which is the number `vocabulary`.
    """
    rows = mapping(folder)
    first = torch.tensor([ids[0] for ids in rows["old_ids"]])
    special = [one for one in tokenizer.all_special_ids if rows["origin"][one] == "added"]
    first[special] = vocabulary
    own = torch.arange(len(first)).clamp(max=vocabulary)
    return None if len(first) >= vocabulary and torch.equal(first, own) else first


class Causal(nn.Module):
    """A causal model, which predicts the next token, beside its teacher if it is given one."""

    first: Tensor | None

    def __init__(
        self, student: PreTrainedModel, *, teacher: PreTrainedModel | None, first: Tensor | None, size: int
    ) -> None:
        super().__init__()
        self.student, self.teacher, self.size = student, teacher, size
        self.register_buffer("first", first, persistent=False)

    def states(self, batch: Batch) -> Tensor:
        """Read the text."""
        return _read(self.student, batch)

    def predict(self, batch: Batch, states: Tensor | None) -> Predicted:
        """Predict the token after each token."""
        read = self.states(batch) if states is None else states
        found = predicted(batch, read, output_layer(self.student), first=self.first, size=self.size)
        if self.teacher is None:
            return found
        with torch.no_grad():
            beside = _read(self.teacher, batch)[batch["labels"] >= 0]
        said = replace(found.said, beside=(beside, output_layer(self.teacher)))
        return replace(found, said=said, of_teacher=found.of_text)


def _read(model: PreTrainedModel, batch: Batch) -> Tensor:
    found = model.base_model(input_ids=batch["ids"], attention_mask=batch["mask"], use_cache=False)
    states: Tensor = found.last_hidden_state
    return states


def _beside(folder: Path, tokenizer: Any) -> PreTrainedModel:
    """Open a teacher that reads what the student reads; UserError where they do not share a tokenizer."""
    theirs, special = AutoTokenizer.from_pretrained(folder).get_vocab(), set(tokenizer.all_special_tokens)
    if any(theirs.get(piece) != number for piece, number in tokenizer.get_vocab().items() if piece not in special):
        raise UserError(
            "online: the student's tokenizer differs from its teacher's; "
            "use a stored signal, or a tokenizer with added_pieces: 0 and trim: false"
        )
    teacher: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return teacher.eval().requires_grad_(False)
