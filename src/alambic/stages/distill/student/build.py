"""What the students of all families take of their teacher: weights of its layers, on a vocabulary of their own."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from scipy import sparse
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from alambic.data.inputs import Inputs
from alambic.settings import Distill
from alambic.stages.distill.student.axes import LAYER
from alambic.stages.distill.student.vocabulary import Vocabulary, new_table


@dataclass(frozen=True)
class NewVectors:
    """How the vectors of new pieces start: a plug-in of distill/initial_vectors with its options, and the text."""

    method: str = "mean_of_parts"
    options: dict[str, Any] = field(default_factory=dict)
    corpus: Path | None = None

    @classmethod
    def of(cls, settings: Distill, inputs: Inputs) -> "NewVectors":
        """Take them from the inputs of the stage."""
        ((method, options),) = settings.initial_vectors.items()
        return cls(method, options, inputs.one("corpus"))

    def weights(self, vocabulary: Vocabulary) -> sparse.csr_matrix:
        """Return the weight of each of the teacher's pieces in each new piece."""
        plugin = import_module(f"alambic.stages.distill.initial_vectors.{self.method}")
        return sparse.csr_matrix(plugin.combine(vocabulary, **self.options))


MEAN = NewVectors()


def student_options(settings: Distill) -> dict[str, Any]:
    """Say what a student is to be, as all of the following take it."""
    return {name: getattr(settings, name) for name in ("layers", "architecture", "shape", "width")}


def copy_weights(
    weights: dict[str, torch.Tensor],
    config: PretrainedConfig,
    student: PreTrainedModel,
    layers: list[int],
    tokenizer: Path,
    new_vectors: NewVectors,
) -> None:
    """Give the student the teacher's weights, and tables with a row for each of its own pieces."""
    size = config.vocab_size
    chosen_layers = layers or range(config.num_hidden_layers)
    vocabulary = Vocabulary.read(tokenizer, new_vectors.corpus, teachers=size)
    chosen: dict[str, torch.Tensor] = {}
    mixture = new_vectors.weights(vocabulary)
    for name, value in student.state_dict().items():
        teacher_name = LAYER.sub(lambda match: f"{match[1]}.{chosen_layers[int(match[2])]}.{match[3]}", name)
        # T5's first layer alone has relative positions.
        old = weights[teacher_name if teacher_name in weights else name]
        is_table = old.shape[0] == size and value.shape[0] == student.config.vocab_size and old.ndim == 2
        chosen[name] = new_table(old, vocabulary, mixture) if is_table else old
    student.load_state_dict(chosen)


def table_of(model: PreTrainedModel) -> torch.Tensor:
    """Give the matrix of input embeddings (vocabulary, width)."""
    embeddings = model.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)
    return embeddings.weight
