"""Encoder-decoder students: they read the beginning of a passage and write the rest, as a causal teacher expects it.

The prefix language modelling of T5 (Raffel et al. 2020, arXiv 1910.10683, section 3.2.3): the place of the cut is drawn
anew in each epoch. A causal teacher read the same characters before each token, so that what was stored of it for
causal students holds here too. An encoder may be the teacher of a student that learns from the text alone: it begins
both halves (`alambic.distill.warm_start`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.causal import first_token, output_layer
from alambic.distill.continuations import Collator, Continuation, predicted
from alambic.distill.losses import Batch, Predicted
from alambic.distill.passages import expectations_of, learns_what_was_written, read_passages
from alambic.distill.prepared import Prepared, draw
from alambic.distill.student import NewVectors, build_encoder_decoder
from alambic.distill.vocabulary import first_pieces
from alambic.distill.warm_start import before_output
from alambic.inputs import Inputs
from alambic.settings import Distill

MODELS = ("t5", "bart", "marian", "mbart")
TEACHERS = ("bert", "roberta", "xlm-roberta", "camembert")  # whose weights begin a student of another type
NARROWED = ("bert", "roberta", "xlm-roberta", "camembert")  # whose width can be cut

SIGNALS = ("next_tokens", "generated_texts")


def empty(settings: Distill, teacher: Path, *, vocabulary: int) -> PreTrainedModel:
    """Build the student without its teacher's weights, for its size."""
    return build_encoder_decoder(
        teacher,
        Path(),
        layers=settings.layers,
        initial="random",
        vocabulary=vocabulary,
        architecture=settings.architecture,
        shape=settings.shape,
        width=settings.width,
        start=0,
        pad=None,
        end=None,
    )


def prepare(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> Prepared:
    """Build the student, and what it is trained on."""
    if tokenizer.bos_token is None and tokenizer.eos_token is None:  # BERT's own has other names for the two ends
        tokenizer.bos_token, tokenizer.eos_token = tokenizer.cls_token, tokenizer.sep_token
    start = first_token(tokenizer)
    student = build_encoder_decoder(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        layers=settings.layers,
        initial=settings.initial,
        vocabulary=len(tokenizer),
        architecture=settings.architecture,
        shape=settings.shape,
        width=settings.width,
        new_vectors=NewVectors.of(settings, inputs),
        start=start,
        pad=tokenizer.pad_token_id,
        end=tokenizer.eos_token_id,
    )
    expectations = expectations_of(settings, inputs)
    passages = read_passages(settings, inputs, tokenizer, expectations, work)
    size = expectations.vocabulary if expectations else 0
    pad = start if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    wrote = learns_what_was_written(settings)
    written = Collator(pad=pad, drawn=expectations.top + expectations.sampled if expectations else 0, only_heard=wrote)
    return Prepared(
        student=student,
        reader=EncoderDecoder(
            student, first=first_pieces(inputs.one("tokenizer"), tokenizer, size) if expectations else None, size=size
        ),
        examples=passages,
        lengths=passages.lengths,
        collate=partial(_collate, pad, written),
        vary=partial(split_where_written, start) if wrote else partial(split, settings.seed, start),
        coverage=passages.coverage,
    )


@dataclass(frozen=True)
class Split:
    """A passage, cut in two."""

    read: np.ndarray  # (m,) token ids
    written: Continuation


def split(seed: int, start: int, passage: Continuation, index: int, epoch: int) -> Split:
    """Cut a passage of n tokens at a place drawn for this epoch: 1 to n - 1 of them are read."""
    cut = 1 + draw(seed, index, epoch) % (len(passage.ids) - 1)
    return Split(passage.ids[:cut], passage.after(cut, start))


def split_where_written(start: int, passage: Continuation, index: int, epoch: int) -> Split:
    """Cut a passage before what the teacher wrote."""
    cut = int(passage.heard.argmax())
    return Split(passage.ids[:cut], passage.after(cut, start))


def _collate(pad: int, written: Callable[[list[Continuation]], Batch], passages: list[Split]) -> Batch:
    """Add to what is written: read and read_mask (batch, longest of what is read)."""
    width = max(len(passage.read) for passage in passages)
    read, mask = torch.full((len(passages), width), pad), torch.zeros(len(passages), width, dtype=torch.long)
    for row, passage in enumerate(passages):
        read[row, : len(passage.read)], mask[row, : len(passage.read)] = (
            torch.from_numpy(passage.read.astype(np.int64)),
            1,
        )
    return written([passage.written for passage in passages]) | {"read": read, "read_mask": mask}


class EncoderDecoder(nn.Module):
    """An encoder-decoder model, which predicts what it writes."""

    first: Tensor | None

    def __init__(self, student: PreTrainedModel, *, first: Tensor | None, size: int) -> None:
        super().__init__()
        self.student, self.size = student, size
        self.warm = student.config.model_type == "encoder-decoder"
        # T5 makes its last states smaller before its output layer.
        config = student.config
        shrinks = getattr(config, "scale_decoder_outputs", False)
        self.scale = config.hidden_size**-0.5 if shrinks else 1.0
        self.register_buffer("first", first, persistent=False)

    def states(self, batch: Batch) -> Tensor:
        """Read one part, and write the other."""
        read = self.student.get_encoder()(input_ids=batch["read"], attention_mask=batch["read_mask"])
        decoder = self.student.get_decoder()
        written = decoder.base_model(
            input_ids=batch["ids"],
            attention_mask=batch["mask"],
            encoder_hidden_states=read.last_hidden_state,
            encoder_attention_mask=batch["read_mask"],
            use_cache=False,
        )
        states: Tensor = written.last_hidden_state
        return before_output(decoder, states) if self.warm else states * self.scale

    def predict(self, batch: Batch, states: Tensor | None) -> Predicted:
        """Predict each token that is written."""
        written = self.states(batch) if states is None else states
        decoder = self.student.get_decoder()
        table = decoder.get_output_embeddings().weight if self.warm else output_layer(self.student)
        return predicted(batch, written, table, first=self.first, size=self.size)
