"""Causal students: from the teacher's stored expectations of the next token, and from the text."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.data.inputs import Inputs
from alambic.models.causal import first_token, output_layer
from alambic.models.opening import open_tokenizer
from alambic.models.packing import Collate, pack_batches
from alambic.models.positions import check_positions
from alambic.settings import Distill
from alambic.stages.distill.common_pieces import common_pieces
from alambic.stages.distill.example_format import example_format
from alambic.stages.distill.examples.choose_passages import GENERATED, expectations_of, read_passages
from alambic.stages.distill.examples.continuations import PassageCollator
from alambic.stages.distill.examples.paired import PairedCollator, read_paired
from alambic.stages.distill.losses import Batch, PredictedTokens, predicted_tokens, token_weights
from alambic.stages.distill.on_policy import OnPolicyGenerator, PromptedCollator, begin, generator_of
from alambic.stages.distill.online_teacher import causal_states, open_causal_teacher
from alambic.stages.distill.piece_alignment import longer_parts, spans
from alambic.stages.distill.student.build import NewVectors, student_options
from alambic.stages.distill.student.build_causal import build_causal
from alambic.stages.distill.student.vocabulary import first_pieces
from alambic.stages.distill.student_setup import StudentSetup

MODELS = ("llama", "qwen2", "qwen3", "mistral", "gemma3_text")
TEACHERS = ()  # whose weights begin a student of another type
NARROWED = ("llama", "qwen2", "qwen3", "mistral")  # whose width can be cut
EXAMPLES = {
    "text": "the corpus",
    "text_with_distributions": "the corpus, with its teacher's distribution of each next token",
    "generated_text": "what its teacher wrote after the beginnings of documents",
    "paired_text": "the corpus in its own tokens, and again for its teacher in tokens of its own",
}
WRITES = True

PAIRED = "paired_text"


def empty(settings: Distill, teacher: Path, *, vocabulary: int) -> PreTrainedModel:
    """Build the student without its teacher's weights, for its size."""
    return build_causal(teacher, Path(), initial="random", vocabulary=vocabulary, **student_options(settings))


def prepare(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> StudentSetup:
    """Build the student, and what it is trained on."""
    student = build_causal(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        initial=settings.initial,
        vocabulary=len(tokenizer),
        new_vectors=NewVectors.of(settings, inputs),
        **student_options(settings),
    )
    check_positions(student.config, settings.sequence_length, "sequence_length of a student")
    example = example_format(settings)
    expectations = expectations_of(example, inputs)
    start, size = first_token(tokenizer), expectations.vocabulary if expectations else 0
    parts = longer_parts(inputs.one("tokenizer"), tokenizer, size) if expectations else None
    is_paired = example == PAIRED
    if is_paired:
        passages = read_paired(settings, inputs, tokenizer, work)
    else:
        passages = read_passages(settings, inputs, tokenizer, expectations, work, example=example, parts=parts)
    pad_passages = PassageCollator(
        pad=start if tokenizer.pad_token_id is None else tokenizer.pad_token_id,
        drawn=expectations.top + expectations.sampled if expectations else 0,
        only_teacher_targets=example == GENERATED,
    )
    folder = inputs.one("teacher")
    teacher = open_causal_teacher(folder, None if is_paired else tokenizer) if settings.online else None
    if teacher is not None and not is_paired:
        check_positions(teacher.config, settings.sequence_length, "sequence_length, which an online teacher reads")
    policy = settings.on_policy  # what a student is to write needs a row of its own
    collate: Collate = pad_passages
    if is_paired or policy:
        collate = PairedCollator(pad_passages) if is_paired else PromptedCollator(pad_passages)
    return StudentSetup(
        student=student,
        student_model=Causal(
            student,
            teacher=teacher,
            generator=generator_of(settings, tokenizer, student, teacher, pad=pad_passages.pad),
            first=first_pieces(inputs.one("tokenizer"), tokenizer, size) if expectations else None,
            size=size,
            spans=spans(parts) if parts else None,
            common=common_pieces(tokenizer, open_tokenizer(folder)) if is_paired else None,
        ),
        examples=passages,
        lengths=passages.lengths,
        collate=collate if policy else pack_batches(collate, student, longest=settings.sequence_length),
        augment_epoch=partial(begin, policy.share, settings.seed) if policy else None,
        coverage=passages.coverage,
    )


class Causal(nn.Module):
    """A causal model, which predicts the next token, with an online teacher if it is given one."""

    first: Tensor | None
    spans: Tensor | None
    common: Tensor | None

    def __init__(
        self,
        student: PreTrainedModel,
        *,
        teacher: PreTrainedModel | None,
        first: Tensor | None,
        size: int,
        spans: Tensor | None = None,
        common: Tensor | None = None,
        generator: OnPolicyGenerator | None = None,
    ) -> None:
        super().__init__()
        self.student, self.teacher, self.size, self.generator = student, teacher, size, generator
        self.register_buffer("first", first, persistent=False)
        self.register_buffer("spans", spans, persistent=False)
        self.register_buffer("common", common, persistent=False)

    def states(self, batch: Batch) -> Tensor:
        """Read the text."""
        return causal_states(self.student, batch)

    def predict(self, batch: Batch, states: Tensor | None) -> PredictedTokens:
        """Predict the token after each token."""
        if self.generator is not None:
            batch, states = self.generator(self.student, batch), None
        read = self.states(batch) if states is None else states
        table = output_layer(self.student)
        predicted = predicted_tokens(batch, read, table, first=self.first, size=self.size, spans=self.spans)
        if self.teacher is None:
            return predicted
        chosen = batch["target_ids"] >= 0
        targets = replace(
            predicted.targets,
            online_teacher=(_teacher_states(self.teacher, batch)[chosen], output_layer(self.teacher)),
            common=self.common,
        )
        return replace(
            predicted,
            targets=targets,
            teacher_weights=predicted.teacher_weights if "teacher_text_ids" in batch else token_weights(chosen)[chosen],
        )


@torch.no_grad()
def _teacher_states(teacher: PreTrainedModel, batch: Batch) -> Tensor:
    """Give the teacher's states at the student's tokens (batch, tokens, width), of its own tokens or the same."""
    if "teacher_text_ids" not in batch:
        return causal_states(teacher, batch)
    states = causal_states(teacher, {"ids": batch["teacher_text_ids"], "mask": batch["teacher_text_mask"]})
    return states[torch.arange(len(states), device=states.device)[:, None], batch["teacher_positions"]]
