"""A causal student: some of its teacher's layers, on a vocabulary of its own."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from alambic.models.opening import open_model
from alambic.settings import Width
from alambic.stages.distill.student.build import MEAN, NewVectors, copy_weights
from alambic.stages.distill.student.configuration import Shape, configure
from alambic.stages.distill.student.narrow import weights_of


def build_causal(
    teacher: Path,
    tokenizer: Path,
    *,
    layers: list[int],
    initial: str,
    vocabulary: int,
    architecture: str | None = None,
    shape: Shape | None = None,
    width: Width | None = None,
    new_vectors: NewVectors = MEAN,
    family: str = "causal",
) -> PreTrainedModel:
    """Make a causal model with the teacher's shape and `layers` of its layers, all of them where none is named.

    It is a student of a `family` or a part of one. `initial`, `new_vectors`, `width`, `shape` and `architecture` are
    those of `build_encoder`: "teacher" copies weights, "random" takes the shape alone.
    """
    config = configure(
        teacher, family, layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape, width=width
    )
    student: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    if initial == "teacher":
        model = open_model(AutoModelForCausalLM, teacher, dtype=torch.float32)
        weights = weights_of(model, teacher, student.config, width, new_vectors.corpus)
        copy_weights(weights, model.config, student, layers, tokenizer, new_vectors)
    return student
