"""An encoder student: some of its teacher's layers, on a vocabulary of its own."""

from pathlib import Path

import torch
from transformers import AutoModel, PreTrainedModel

from alambic.models.opening import open_model
from alambic.settings import Width
from alambic.stages.distill.student.build import MEAN, NewVectors, copy_weights
from alambic.stages.distill.student.configuration import Shape, configure
from alambic.stages.distill.student.narrow import weights_of

WITH_POOLER = ("bert", "roberta", "xlm-roberta", "camembert")  # which distillation would not train


def build_encoder(
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
) -> PreTrainedModel:
    """Make an encoder with the teacher's shape and `layers` of its layers, all of them where none is named.

    With `initial` "teacher", its layers are the teacher's, and so are the embeddings of its pieces; new ones start as
    `new_vectors` says; of its units stay those that `width` counts, which matter most on the text of `new_vectors`.
    With "random", nothing of the teacher but the shape, which `shape` may change, and of which an `architecture` of its
    own keeps nothing.
    """
    config = configure(
        teacher, "encoder", layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape, width=width
    )
    extra = {"add_pooling_layer": False} if config.model_type in WITH_POOLER else {}
    student: PreTrainedModel = AutoModel.from_config(config, dtype=torch.float32, **extra)
    if initial == "teacher":
        model = open_model(AutoModel, teacher, dtype=torch.float32, **extra)
        weights = weights_of(model, teacher, student.config, width, new_vectors.corpus)
        copy_weights(weights, model.config, student, layers, tokenizer, new_vectors)
    return student
