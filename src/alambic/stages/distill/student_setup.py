"""What a family of students hands to the training loop."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor, nn
from transformers import PreTrainedModel

from alambic.training.batch_loader import Examples


@dataclass(frozen=True)
class StudentSetup:
    """A student, its forward pass, and its examples."""

    student: PreTrainedModel
    student_model: nn.Module  # an `alambic.stages.distill.losses.StudentModel` around the student
    examples: Examples
    lengths: np.ndarray  # (examples,) tokens of each
    collate: Callable[[list[Any]], dict[str, Tensor]]
    augment_epoch: Callable[[Any, int, int], Any] | None
    coverage: float | None  # share of the text's tokens that have a target of the teacher; None without a signal
    # (examples, 2) tokens of the two parts that an epoch cuts each into, where they are padded apart
    parts: Callable[[int], np.ndarray] | None = None
    classifier: PreTrainedModel | None = None  # the student under a head that gives labels, where it learnt some


def draw(seed: int, index: int, epoch: int) -> int:
    """Draw a number for one example in one epoch, on whatever rank it is read."""
    return int(np.random.SeedSequence([seed, epoch, index]).generate_state(1, np.uint32)[0])


def seed_of(share: float, seed: int, index: int, epoch: int) -> int:
    """Choose a `share` of the sequences for the student to write; give the seed of its draws, else 0."""
    chance, drawn = np.random.SeedSequence([seed, epoch, index, 1]).generate_state(2, np.uint32).tolist()
    return int(drawn) | 1 if chance < share * 2**32 else 0


def with_draw(seed: int, example: Any, index: int, epoch: int) -> Any:
    """Seed what is drawn for one example in one epoch."""
    return replace(example, draw=draw(seed, index, epoch))
