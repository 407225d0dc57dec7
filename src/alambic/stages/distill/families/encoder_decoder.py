"""Encoder-decoder students: they read the beginning of a passage and write the rest, as a causal teacher expects it.

The prefix language modelling of T5 (Raffel et al. 2020, arXiv 1910.10683, section 3.2.3): the place of the cut is drawn
anew in each epoch. A causal teacher read the same characters before each token, so that what was stored of it for
causal students holds here too. An encoder, or a Gemma 2, may be the teacher of a student that learns from the text
alone: it begins both halves (`alambic.stages.distill.student.warm_start`).
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.data.inputs import Inputs
from alambic.models.causal import first_token, output_layer
from alambic.models.packing import Rows, pack_batches, read_rows
from alambic.models.positions import check_positions
from alambic.settings import Distill
from alambic.stages.distill.example_format import example_format
from alambic.stages.distill.examples.choose_passages import GENERATED, expectations_of, read_passages
from alambic.stages.distill.examples.continuations import PassageCollator
from alambic.stages.distill.examples.split import (
    collate,
    parts_drawn,
    parts_where_generated,
    split,
    split_where_generated,
)
from alambic.stages.distill.losses import Batch, PredictedTokens, predicted_tokens, token_weights
from alambic.stages.distill.on_policy import OnPolicyGenerator, generator_of
from alambic.stages.distill.online_teacher import causal_states, open_causal_teacher
from alambic.stages.distill.piece_alignment import longer_parts, spans
from alambic.stages.distill.student.build import NewVectors, student_options
from alambic.stages.distill.student.build_encoder_decoder import build_encoder_decoder
from alambic.stages.distill.student.vocabulary import first_pieces
from alambic.stages.distill.student.warm_start import before_output
from alambic.stages.distill.student_setup import StudentSetup

MODELS = ("t5", "bart", "marian", "mbart")
TEACHERS = ("bert", "roberta", "xlm-roberta", "camembert", "gemma2")  # whose weights begin a student of another type
NARROWED = ("bert", "roberta", "xlm-roberta", "camembert")  # whose width can be cut
EXAMPLES = {
    "text": "the corpus",
    "text_with_distributions": "the corpus, with its teacher's distribution of each next token",
    "generated_text": "what its teacher wrote after the beginnings of documents",
}
WRITES = True


def empty(settings: Distill, teacher: Path, *, vocabulary: int) -> PreTrainedModel:
    """Build the student without its teacher's weights, for its size."""
    return build_encoder_decoder(
        teacher,
        Path(),
        initial="random",
        vocabulary=vocabulary,
        **student_options(settings),
        start=0,
        pad=None,
        end=None,
    )


def prepare(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> StudentSetup:
    """Build the student, and what it is trained on."""
    if tokenizer.bos_token is None and tokenizer.eos_token is None:  # BERT's own has other names for the two ends
        tokenizer.bos_token, tokenizer.eos_token = tokenizer.cls_token, tokenizer.sep_token
    start = first_token(tokenizer)
    student = build_encoder_decoder(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        initial=settings.initial,
        vocabulary=len(tokenizer),
        new_vectors=NewVectors.of(settings, inputs),
        **student_options(settings),
        start=start,
        pad=tokenizer.pad_token_id,
        end=tokenizer.eos_token_id,
    )
    check_positions(student.config, settings.sequence_length, "sequence_length of a student")
    example = example_format(settings)
    expectations = expectations_of(example, inputs)
    size = expectations.vocabulary if expectations else 0
    parts = longer_parts(inputs.one("tokenizer"), tokenizer, size) if expectations else None
    passages = read_passages(settings, inputs, tokenizer, expectations, work, example=example, parts=parts)
    pad = start if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    is_generated = example == GENERATED
    collate_target = PassageCollator(
        pad=pad, drawn=expectations.top + expectations.sampled if expectations else 0, only_teacher_targets=is_generated
    )
    teacher = open_causal_teacher(inputs.one("teacher"), tokenizer) if settings.online else None
    if teacher is not None:
        check_positions(teacher.config, settings.sequence_length, "sequence_length, which an online teacher reads")
    share = settings.on_policy.share if settings.on_policy else 0.0
    padded = partial(collate, pad, collate_target)
    if is_generated:
        augment_epoch = partial(split_where_generated, start)
        lengths_of_parts = partial(parts_where_generated, passages)
    else:
        augment_epoch = partial(split, settings.seed, start, share)
        lengths_of_parts = partial(parts_drawn, settings.seed, passages.lengths)
    return StudentSetup(
        student=student,
        student_model=EncoderDecoder(
            student,
            teacher=teacher,
            generator=generator_of(settings, tokenizer, student, teacher, pad=pad, start=start),
            first=first_pieces(inputs.one("tokenizer"), tokenizer, size) if expectations else None,
            size=size,
            spans=spans(parts) if parts else None,
        ),
        examples=passages,
        lengths=passages.lengths,
        collate=padded if settings.on_policy else pack_batches(padded, student, longest=settings.sequence_length),
        augment_epoch=augment_epoch,
        coverage=passages.coverage,
        parts=lengths_of_parts,
    )


class EncoderDecoder(nn.Module):
    """An encoder-decoder model, which predicts the target, with an online causal teacher if it is given one."""

    first: Tensor | None
    spans: Tensor | None

    def __init__(
        self,
        student: PreTrainedModel,
        *,
        first: Tensor | None,
        size: int,
        spans: Tensor | None = None,
        teacher: PreTrainedModel | None = None,
        generator: OnPolicyGenerator | None = None,
    ) -> None:
        super().__init__()
        self.student, self.size, self.teacher, self.generator = student, size, teacher, generator
        self.warm = student.config.model_type == "encoder-decoder"
        # T5 makes its last states smaller before its output layer.
        config = student.config
        shrinks = getattr(config, "scale_decoder_outputs", False)
        self.scale = config.hidden_size**-0.5 if shrinks else 1.0
        self.register_buffer("first", first, persistent=False)
        self.register_buffer("spans", spans, persistent=False)

    def states(self, batch: Batch) -> Tensor:
        """Encode the source, and give the decoder's states of the target."""
        decoder = self.student.get_decoder()
        states = read_pair(self.student.get_encoder(), decoder.base_model, batch)
        return before_output(decoder, states) if self.warm else states * self.scale

    def predict(self, batch: Batch, states: Tensor | None) -> PredictedTokens:
        """Predict each token of the target."""
        if self.generator is not None:
            batch, states = self.generator(self.student, batch), None
        written = self.states(batch) if states is None else states
        decoder = self.student.get_decoder()
        table = decoder.get_output_embeddings().weight if self.warm else output_layer(self.student)
        predicted = predicted_tokens(batch, written, table, first=self.first, size=self.size, spans=self.spans)
        if self.teacher is None:
            return predicted
        chosen = batch["target_ids"] >= 0
        teacher_states = _teacher_states(self.teacher, batch)[chosen]
        targets = replace(predicted.targets, online_teacher=(teacher_states, output_layer(self.teacher)))
        return replace(predicted, targets=targets, teacher_weights=token_weights(chosen)[chosen])


def read_pair(encoder: Any, decoder: Any, batch: Batch) -> Tensor:
    """Give a decoder's last states (batch, target, width), which attend to the encoder's states of the source."""
    read, written = Rows.of(batch, "source_ids"), Rows.of(batch, "ids")
    if read is None or written is None:
        encoded = encoder(input_ids=batch["source_ids"], attention_mask=batch["source_mask"]).last_hidden_state
        given = {"input_ids": batch["ids"], "attention_mask": batch["mask"]}
        cross_attention = {"encoder_hidden_states": encoded, "encoder_attention_mask": batch["source_mask"]}
        states: Tensor = decoder(**given, **cross_attention, use_cache=False).last_hidden_state
        return states
    encoded = read_rows(encoder, read, batch["source_ids"])
    cross_attention = {"encoder_hidden_states": encoded, "encoder_attention_mask": written.attention_mask(read)}
    return written.unpack(read_rows(decoder, written, batch["ids"], writes=True, **cross_attention, use_cache=False))


@torch.no_grad()
def _teacher_states(teacher: PreTrainedModel, batch: Batch) -> Tensor:
    """Give the states (batch, written, width) of a causal teacher that reads both parts in a row."""
    ids = torch.cat([batch["source_ids"], batch["ids"][:, 1:]], dim=1)  # the decoder's first token stands for no text
    mask = torch.cat([batch["source_mask"], batch["mask"][:, 1:]], dim=1)
    order = mask.argsort(dim=1, descending=True, stable=True)  # without the padding between the two
    states = causal_states(teacher, {"ids": ids.gather(1, order), "mask": mask.gather(1, order)})
    steps = torch.arange(batch["ids"].shape[1], device=ids.device)
    places = (batch["source_mask"].sum(dim=1, keepdim=True) - 1 + steps).clamp(max=ids.shape[1] - 1)
    return states[torch.arange(len(ids), device=ids.device)[:, None], places]
