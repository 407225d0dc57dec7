"""The first steps of an experiment's student; what several benchmarks compare under changed settings."""

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Subset
from transformers import AutoTokenizer

from alambic.data.inputs import Inputs
from alambic.data.metrics_journal import read_journal
from alambic.stages.distill.losses import Objectives
from alambic.stages.distill.run import switch_dropout_off
from alambic.stages.distill.student_setup import StudentSetup
from alambic.training.loop import train


def take_first_steps(
    settings: Any, inputs: Inputs, examples: Path, steps: int
) -> tuple[StudentSetup, np.ndarray, dict[str, Any], dict[int, dict[str, float]]]:
    """Train a student on as many of its examples as `steps` batches take, drawn by its seed; they are laid out once.

    Gives what was prepared, the numbers of the examples taken, the facts of the training, and its journal.
    """
    torch.manual_seed(settings.seed)
    tokenizer = AutoTokenizer.from_pretrained(inputs.one("tokenizer"))
    family: Any = import_module(f"alambic.stages.distill.families.{settings.family}")
    setup: StudentSetup = family.prepare(settings, inputs, tokenizer, examples)
    switch_dropout_off(setup.student_model)
    drawn = np.random.default_rng(settings.seed).permutation(len(setup.examples))[: steps * settings.batch_size]
    with tempfile.TemporaryDirectory() as folder:
        facts = train(
            Objectives(setup.student_model, settings.objectives),
            Subset(setup.examples, drawn.tolist()),  # type: ignore[arg-type]
            setup.collate,
            settings,
            seed=settings.seed,
            output=Path(folder),
            lengths=setup.lengths[drawn],
            augment_epoch=setup.augment_epoch,
        )
        return setup, drawn, facts, read_journal(Path(folder))
