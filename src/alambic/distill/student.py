"""The student: some of its teacher's layers, on a vocabulary of its own."""

import copy
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from alambic.errors import UserError

WITHOUT_POOLER = {"add_pooling_layer": False}  # distillation would not train it


def build_student(
    teacher: Path, tokenizer: Path, *, layers: list[int], initial: str, vocabulary: int
) -> PreTrainedModel:
    """Make an encoder with the teacher's shape and `layers` of its layers.

    With `initial` "teacher", its layers are the teacher's and the embedding of a piece is the mean of the teacher's
    embeddings of the pieces that it stands for; with "random", nothing of the teacher but the shape.
    """
    config = _smaller(AutoConfig.from_pretrained(teacher), layers, vocabulary)
    student = AutoModel.from_config(config, **WITHOUT_POOLER)
    if initial == "teacher":
        model = AutoModel.from_pretrained(teacher, dtype=torch.float32, **WITHOUT_POOLER)
        _copy_weights(model, student, layers)
        table_of(student).data.copy_(_embeddings(model, tokenizer))
    return student


def _smaller(config: PretrainedConfig, layers: list[int], vocabulary: int) -> PretrainedConfig:
    if config.model_type not in ("bert", "roberta", "xlm-roberta", "camembert"):
        raise UserError(
            f"distill: a teacher of type '{config.model_type}' is not supported yet; "
            "expected bert, roberta, xlm-roberta or camembert"
        )
    if max(layers) >= config.num_hidden_layers:
        raise UserError(
            f"layers: {layers} asks for layer {max(layers)}; the teacher has 0 to {config.num_hidden_layers - 1}"
        )
    smaller = copy.deepcopy(config)
    smaller.num_hidden_layers = len(layers)
    smaller.vocab_size = vocabulary
    return smaller


def _copy_weights(teacher: PreTrainedModel, student: PreTrainedModel, layers: list[int]) -> None:
    weights = teacher.state_dict()
    chosen: dict[str, torch.Tensor] = {}
    for name, value in student.state_dict().items():
        if "word_embeddings" in name:
            chosen[name] = value
        elif name.startswith("encoder.layer."):
            _, _, number, rest = name.split(".", 3)
            chosen[name] = weights[f"encoder.layer.{layers[int(number)]}.{rest}"]
        else:
            chosen[name] = weights[name]
    student.load_state_dict(chosen)


def table_of(model: PreTrainedModel) -> torch.Tensor:
    """Give the matrix of input embeddings (vocabulary, width)."""
    embeddings = model.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)
    return embeddings.weight


def _embeddings(teacher: PreTrainedModel, tokenizer: Path) -> torch.Tensor:
    """Return the student's embedding matrix (vocabulary, width), by the tokenizer's mapping to the teacher's pieces."""
    old = table_of(teacher).detach()
    mapping = pq.read_table(tokenizer / "mapping.parquet", columns=["id", "old_ids"]).sort_by("id")
    rows = [torch.as_tensor(np.asarray(ids)) for ids in mapping["old_ids"].to_pylist()]
    return torch.stack([old[ids].mean(dim=0) for ids in rows])
