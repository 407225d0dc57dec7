"""Encoder-only students: from the teacher's stored hidden states, and from hidden tokens."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.models.attention import AttentionVectors
from alambic.models.packing import Collate, Rows, last_states, pack_batches
from alambic.models.positions import check_positions
from alambic.runtime.ranks import Ranks
from alambic.settings import Distill
from alambic.stages.distill.example_format import example_format, reads
from alambic.stages.distill.examples.annotated import (
    AnnotatedCollator,
    AnnotatedTexts,
    Annotations,
    annotated,
    with_labels,
)
from alambic.stages.distill.examples.expectations import Expectations
from alambic.stages.distill.examples.hidden_states import StoredStates
from alambic.stages.distill.examples.masked import MaskedCollator, MaskedSequences, masked, take_round
from alambic.stages.distill.examples.sequences import SequenceCollator, Sequences, sequences
from alambic.stages.distill.examples.token_masking import MaskDrawCollator, hide_tokens
from alambic.stages.distill.losses import Batch, PredictedTokens, predicted_tokens
from alambic.stages.distill.online_teacher import MaskedTeacher, open_masked_teacher
from alambic.stages.distill.projection import fit
from alambic.stages.distill.student.build import NewVectors, student_options, table_of
from alambic.stages.distill.student.build_encoder import build_encoder
from alambic.stages.distill.student.vocabulary import first_pieces
from alambic.stages.distill.student_setup import StudentSetup, with_draw

MODELS = ("bert", "roberta", "xlm-roberta", "camembert", "modernbert")
TEACHERS = ()  # whose weights begin a student of another type
NARROWED = ("bert", "roberta", "xlm-roberta", "camembert", "modernbert")  # whose width can be cut
EXAMPLES = {
    "text": "the corpus",
    "text_with_vectors": "the corpus, with its teacher's vector of each token",
    "masked_text": "the corpus with words hidden, and its teacher's distribution at each",
    "labelled_text": "the beginnings of documents, with its teacher's soft labels",
}


def empty(settings: Distill, teacher: Path, *, vocabulary: int) -> PreTrainedModel:
    """Build the student without its teacher's weights, for its size."""
    return build_encoder(teacher, Path(), initial="random", vocabulary=vocabulary, **student_options(settings))


def prepare(settings: Distill, inputs: Inputs, tokenizer: Any, work: Path) -> StudentSetup:
    """Build the student, and what it is trained on."""
    student = build_encoder(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        initial=settings.initial,
        vocabulary=len(tokenizer),
        new_vectors=NewVectors.of(settings, inputs),
        **student_options(settings),
    )
    check_positions(student.config, settings.sequence_length, "sequence_length of a student")
    example = example_format(settings)
    if example == "labelled_text":
        return _with_labels(settings, inputs, tokenizer, work, student)
    new_model = partial(Encoder, student, mask_id=tokenizer.mask_token_id, predicts=_predicts_tokens(settings))
    if example == "masked_text":
        return _with_masks(settings, inputs, tokenizer, work, student, new_model)
    signal = StoredStates(inputs.one("signal")) if example == "text_with_vectors" else None
    documents = read_documents(inputs.one("corpus"), part="train")
    processes, length = torch.get_num_threads(), settings.sequence_length
    windows = sequences(documents, tokenizer, length=length, signal=signal, processes=processes)
    examples = Sequences(work, windows, signal=signal, write=Ranks.from_environment().is_first)
    student_model = new_model(
        teacher=open_masked_teacher(inputs.one("teacher"), tokenizer) if settings.online else None,
        teacher_width=signal.width if signal else None,
        attends="attention" in reads(settings),
    )
    if student_model.teacher is not None:
        config = student_model.teacher.model.config
        check_positions(config, settings.sequence_length, "sequence_length, which an online teacher reads")
    padded = SequenceCollator(pad=tokenizer.pad_token_id, variance=examples.variance)
    if isinstance(student_model.projection, nn.Linear):
        student_model.eval()
        fit(student_model.projection, student_model.states, examples, padded)
        student_model.train()
    if not _predicts_tokens(settings):
        _freeze_unused(student_model)
    collate, augment_epoch = _with_masking(padded, settings)
    return StudentSetup(
        student=student,
        student_model=student_model,
        examples=examples,
        lengths=examples.lengths,
        collate=pack_batches(collate, student, longest=settings.sequence_length),
        augment_epoch=augment_epoch,
        coverage=examples.coverage,
    )


def _with_masking(collate: Collate, settings: Distill) -> tuple[Collate, Any]:
    """Hide tokens where an objective is on them, others in each epoch: the collator, and what augments an epoch."""
    if not _predicts_tokens(settings):
        return collate, None
    return MaskDrawCollator(collate), partial(with_draw, settings.seed)


def _predicts_tokens(settings: Distill) -> bool:
    """Say whether an objective is on hidden tokens."""
    return "tokens" in reads(settings)


def _freeze_unused(student_model: "Encoder") -> None:
    """Freeze weights that no objective uses: the end of a last layer whose attention alone is compared.

    On several ranks their gradients would be zeros, by which they would decay.
    """
    ids = torch.zeros(1, 2, dtype=torch.long)
    batch = {"ids": ids, "mask": torch.ones_like(ids)}
    learning = [parameter for parameter in student_model.parameters() if parameter.requires_grad]
    read = student_model.compared(student_model.states(batch), batch).sum()
    for parameter, gradient in zip(learning, torch.autograd.grad(read, learning, allow_unused=True), strict=True):
        parameter.requires_grad_(gradient is not None)


def _with_masks(
    settings: Distill, inputs: Inputs, tokenizer: Any, work: Path, student: PreTrainedModel, new_model: Any
) -> StudentSetup:
    """Hide the words that the teacher did not see."""
    expectations = Expectations(inputs.one("signal"))
    windows = masked(
        read_documents(inputs.one("corpus"), part="train"),
        tokenizer,
        length=settings.sequence_length,
        expectations=expectations,
        processes=torch.get_num_threads(),
    )
    examples = MaskedSequences(work, windows, expectations=expectations, write=Ranks.from_environment().is_first)
    size = expectations.vocabulary
    drawn = expectations.top + expectations.sampled
    padded = MaskedCollator(pad=tokenizer.pad_token_id, mask=tokenizer.mask_token_id, drawn=drawn)
    return StudentSetup(
        student=student,
        student_model=new_model(first=first_pieces(inputs.one("tokenizer"), tokenizer, size), size=size),
        examples=examples,
        lengths=examples.lengths,
        collate=pack_batches(padded, student, longest=settings.sequence_length),
        augment_epoch=take_round,
        coverage=examples.coverage,
    )


def _with_labels(
    settings: Distill, inputs: Inputs, tokenizer: Any, work: Path, student: PreTrainedModel
) -> StudentSetup:
    """Give the student a head for the labels that the teacher gave."""
    annotations = Annotations(inputs.one("signal"))
    texts = annotated(
        read_documents(inputs.one("corpus"), part="train"),
        tokenizer,
        length=settings.sequence_length,
        annotations=annotations,
    )
    examples = AnnotatedTexts(work, texts, write=Ranks.from_environment().is_first)
    classifier = with_labels(student, annotations.labels)
    within: Any = classifier.base_model
    collate, augment_epoch = _with_masking(AnnotatedCollator(pad=tokenizer.pad_token_id), settings)
    return StudentSetup(
        student=within,
        student_model=Encoder(
            within,
            mask_id=tokenizer.mask_token_id,
            predicts=_predicts_tokens(settings),
            classifier=classifier,
        ),
        examples=examples,
        lengths=examples.lengths,
        collate=collate,
        augment_epoch=augment_epoch,
        coverage=1.0,
        classifier=classifier,
    )


class Encoder(nn.Module):
    """An encoder, which predicts hidden tokens, with an online teacher if it is given one."""

    first: Tensor | None

    def __init__(
        self,
        student: PreTrainedModel,
        *,
        mask_id: int,
        predicts: bool,
        teacher: MaskedTeacher | None = None,
        teacher_width: int | None = None,
        attends: bool = False,
        classifier: PreTrainedModel | None = None,
        first: Tensor | None = None,
        size: int = 0,
    ) -> None:
        super().__init__()
        self.student, self.mask_id, self.teacher, self.size = student, mask_id, teacher, size
        self.register_buffer("first", first, persistent=False)
        width = student.config.hidden_size
        # Predicts pieces from states, with the embeddings as its output layer (as BERT does).
        self.head = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width)) if predicts else None
        # A teacher of another width is met half-way (TinyBERT, Jiao et al. 2020, arXiv 1909.10351, eq. 8).
        other = teacher_width is not None and teacher_width != width and not attends
        self.projection = nn.Linear(width, teacher_width) if other else nn.Identity()  # type: ignore[arg-type]
        self.attention = AttentionVectors(student) if attends else None
        self.classifier = classifier

    def states(self, batch: Batch) -> Tensor:
        """Read the text as it is."""
        return last_states(self.student, batch)

    def compared(self, states: Tensor, batch: Batch) -> Tensor:
        """Bring states to the teacher's width; or give what the last attention compared on the way to them."""
        if self.attention is None:
            projected: Tensor = self.projection(states)
            return projected
        rows, vectors = Rows.of(batch), self.attention.read()
        return vectors if rows is None else rows.unpack(vectors)

    def label_logits(self, batch: Batch) -> Tensor:
        """Say how likely each label of a text is: logits (batch, labels)."""
        assert self.classifier is not None
        logits: Tensor = self.classifier(input_ids=batch["ids"], attention_mask=batch["mask"]).logits
        return logits

    def predict(self, batch: Batch, states: Tensor | None) -> PredictedTokens:
        """Read the text with some tokens hidden, those of the signal or drawn ones, and predict those."""
        assert self.head is not None
        read = batch if "target_ids" in batch else hide_tokens(batch, self.mask_id)
        predicted = predicted_tokens(read, self.states(read), table_of(self.student), first=self.first, size=self.size)
        predicted = replace(predicted, states=self.head(predicted.states))
        if self.teacher is None:
            return predicted
        teacher_states = self.teacher.states(read)[read["target_ids"] >= 0]
        targets = replace(predicted.targets, online_teacher=(teacher_states, self.teacher.table))
        return replace(predicted, targets=targets, teacher_weights=predicted.text_weights)
