"""Train a student on a corpus, with its teacher's stored signal or without any."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedModel

from alambic.distill.card import write_card
from alambic.distill.losses import Objectives
from alambic.distill.sequences import Collator, Sequence, sequences
from alambic.distill.signal import Signal
from alambic.distill.student import build_student, table_of
from alambic.errors import UserError
from alambic.inputs import Inputs
from alambic.records import read_documents
from alambic.settings import Distill
from alambic.training.loop import train
from alambic.training.ranks import Ranks

log = logging.getLogger("alambic.distill")

# Below this share of student tokens with a teacher's word, the tokenizers or the texts do not belong together.
LOWEST_COVERAGE = 0.5


def run(settings: Distill, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder that AutoModel and AutoTokenizer open; return sizes, coverage and training facts."""
    torch.manual_seed(settings.seed)
    tokenizer = AutoTokenizer.from_pretrained(inputs.one("tokenizer"))
    student = build_student(
        inputs.one("teacher"),
        inputs.one("tokenizer"),
        layers=settings.layers,
        initial=settings.initial,
        vocabulary=len(tokenizer),
    )
    _without_dropout(student)
    signal = Signal(inputs.one("signal")) if settings.signal else None
    examples = _examples(settings, inputs, tokenizer, signal)
    coverage = _coverage(examples) if signal else None
    variance = signal.variance() if signal else 1.0
    module = Objectives(student, settings.objectives, mask_id=tokenizer.mask_token_id)
    trained = train(
        module,
        examples,
        Collator(pad=tokenizer.pad_token_id, width=student.config.hidden_size, variance=variance),
        settings,
        seed=settings.seed,
        output=output,
        lengths=[len(example.ids) for example in examples],
        vary=partial(_with_draw, settings.seed),
    )
    facts = {
        **_sizes(student),
        "layers": len(settings.layers),
        "coverage": coverage,
        "training": {**trained, "tokens": int(sum(len(example.ids) for example in examples)) * settings.epochs},
    }
    if Ranks.from_environment().is_first:
        student.save_pretrained(output)
        tokenizer.save_pretrained(output)
        write_card(output, settings=settings, inputs=inputs, facts=facts)
    return facts


def _examples(settings: Distill, inputs: Inputs, tokenizer: Any, signal: Signal | None) -> list[Sequence]:
    documents = read_documents(inputs.one("corpus"), part="train")
    found = list(sequences(documents, tokenizer, length=settings.sequence_length, signal=signal))
    log.info("%d sequences, %d tokens", len(found), sum(len(sequence.ids) for sequence in found))
    return found


def _coverage(examples: list[Sequence]) -> float:
    """Return the share of the student's text tokens to which the teacher says something."""
    tokens = sum(int((~example.special).sum()) for example in examples)
    covered = sum(int((example.segments >= 0).sum()) for example in examples)
    share = covered / max(1, tokens)
    if share < LOWEST_COVERAGE:
        raise UserError(
            f"only {share:.0%} of the student's tokens share a boundary with the teacher's, expected at least "
            f"{LOWEST_COVERAGE:.0%}: look whether signal, corpus and tokenizer belong together"
        )
    return round(share, 4)


def _with_draw(seed: int, example: Sequence, index: int, epoch: int) -> Sequence:
    """Seed what is drawn for one sequence in one epoch, on whatever rank it is read."""
    state = np.random.SeedSequence([seed, epoch, index]).generate_state(1, np.uint32)
    return replace(example, draw=int(state[0]))


def _without_dropout(student: PreTrainedModel) -> None:
    """Switch dropout off: the teacher's signal regularises, and the result no longer depends on the number of ranks."""
    for module in student.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def _sizes(student: PreTrainedModel) -> dict[str, int]:
    embeddings = table_of(student).numel()
    return {
        "parameters": sum(parameter.numel() for parameter in student.parameters()),
        "embedding_parameters": embeddings,
        "hidden_size": student.config.hidden_size,
        "vocabulary": student.config.vocab_size,
    }
