"""Train a student on a corpus, with its teacher's stored signal or without any."""

import logging
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from alambic.data.inputs import Inputs
from alambic.data.signal_store import check_signal
from alambic.errors import UserError
from alambic.models.opening import open_tokenizer
from alambic.plugins import constant
from alambic.runtime.ranks import Ranks
from alambic.settings import Distill
from alambic.stages.distill.card import write_card
from alambic.stages.distill.example_format import stored_signals
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.student.build import table_of
from alambic.stages.distill.student.vocabulary import check_base
from alambic.stages.distill.student_setup import StudentSetup
from alambic.training.loop import train

log = logging.getLogger("alambic.stages.distill")

# Below this share of student tokens with a teacher's word, the tokenizers or the texts do not belong together.
LOWEST_COVERAGE = 0.5

CLASSIFIER = "classifier"  # where a student is that gives labels as it learnt them

WORK = ".examples"  # where they are written down until the student is trained


def run(settings: Distill, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write a transformers folder that the Auto classes open; return sizes, coverage and training facts."""
    torch.manual_seed(settings.seed)
    _check_inputs(settings, inputs)
    tokenizer = open_tokenizer(inputs.one("tokenizer"))
    family = import_module(f"alambic.stages.distill.families.{settings.family}")
    setup: StudentSetup = family.prepare(settings, inputs, tokenizer, output / WORK)
    tokens = int(sum(setup.lengths))
    log.info("%d sequences, %d tokens, coverage %s", len(setup.examples), tokens, setup.coverage)
    _check_coverage(setup.coverage)
    switch_dropout_off(setup.student_model)
    trained = train(
        Objectives(setup.student_model, settings.objectives),
        setup.examples,
        setup.collate,
        settings,
        seed=settings.seed,
        output=output,
        lengths=setup.lengths if setup.parts is None else setup.parts,
        augment_epoch=setup.augment_epoch,
    )
    facts = {
        **_sizes(setup.student),
        "layers": setup.student.config.num_hidden_layers,
        "coverage": setup.coverage,
        "training": {**trained, "tokens": tokens * settings.epochs},
    }
    if Ranks.from_environment().is_first:
        setup.student.save_pretrained(output)
        tokenizer.save_pretrained(output)
        if setup.classifier is not None:
            setup.classifier.save_pretrained(output / CLASSIFIER)
            tokenizer.save_pretrained(output / CLASSIFIER)
        shutil.rmtree(output / WORK)
        write_card(output, settings=settings, inputs=inputs, facts=facts)
    return facts


def _check_inputs(settings: Distill, inputs: Inputs) -> None:
    """Check that signal, tokenizer and teacher belong together."""
    teacher = inputs.one("teacher")
    signals = list(stored_signals(settings)) if settings.signal else []
    if settings.signal:
        any_student = all(constant("stages.teach.signals", signal, "ANY_STUDENT", False) for signal in signals)
        check_signal(inputs.one("signal"), None if any_student else teacher)
    token_ids = any(constant("stages.teach.signals", signal, "TOKEN_IDS", False) for signal in signals)
    if settings.initial == "teacher" or token_ids:
        check_base(inputs.one("tokenizer"), teacher)


def _check_coverage(share: float | None) -> None:
    if share is not None and share < LOWEST_COVERAGE:
        raise UserError(
            f"only {share:.0%} of the student's tokens share a boundary with the teacher's, expected at least "
            f"{LOWEST_COVERAGE:.0%}: look whether signal, corpus and tokenizer belong together"
        )


def switch_dropout_off(student_model: nn.Module) -> None:
    """Drop nothing: the teacher's signal regularises, and the result no longer depends on the number of ranks."""
    for module in student_model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for name, value in list(vars(module).items()):  # BART and T5 drop by numbers of their own too
            if isinstance(value, float) and ("dropout" in name or name == "layerdrop"):
                setattr(module, name, 0.0)


def _sizes(student: PreTrainedModel) -> dict[str, int]:
    embeddings = table_of(student).numel()
    return {
        "parameters": sum(parameter.numel() for parameter in student.parameters()),
        "embedding_parameters": embeddings,
        "hidden_size": student.config.hidden_size,
        "vocabulary": student.config.vocab_size,
    }
