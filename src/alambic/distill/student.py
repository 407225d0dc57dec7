"""The student: some of its teacher's layers, on a vocabulary of its own."""

import re
from dataclasses import dataclass, field
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from scipy import sparse
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    PretrainedConfig,
    PreTrainedModel,
)

from alambic.distill.vocabulary import Vocabulary, new_table
from alambic.errors import UserError, nearest
from alambic.inputs import Inputs
from alambic.settings import Distill

ENCODERS = ("bert", "roberta", "xlm-roberta", "camembert", "modernbert")
ENCODER_DECODERS = ("t5", "bart", "marian", "mbart")
CAUSAL = ("llama", "qwen2", "qwen3", "mistral", "gemma3_text")
WITH_POOLER = ("bert", "roberta", "xlm-roberta", "camembert")  # which distillation would not train

_LAYER = re.compile(r"^(.*?\b(?:layers?|block))\.(\d+)\.(.*)$")

Shape = dict[str, int | float | bool]


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
        plugin = import_module(f"alambic.distill.initial_vectors.{self.method}")
        return sparse.csr_matrix(plugin.combine(vocabulary, **self.options))


MEAN = NewVectors()


def build_encoder(
    teacher: Path,
    tokenizer: Path,
    *,
    layers: list[int],
    initial: str,
    vocabulary: int,
    architecture: str | None = None,
    shape: Shape | None = None,
    new_vectors: NewVectors = MEAN,
) -> PreTrainedModel:
    """Make an encoder with the teacher's shape and `layers` of its layers, all of them where none is named.

    With `initial` "teacher", its layers are the teacher's, and so are the embeddings of its pieces; new ones start as
    `new_vectors` says. With "random", nothing of the teacher but the shape, which `shape` may
    change, and of which an `architecture` of its own keeps nothing.
    """
    config = _config(teacher, ENCODERS, layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape)
    extra = {"add_pooling_layer": False} if config.model_type in WITH_POOLER else {}
    student: PreTrainedModel = AutoModel.from_config(config, dtype=torch.float32, **extra)
    if initial == "teacher":
        model = AutoModel.from_pretrained(teacher, dtype=torch.float32, **extra)
        _copy_weights(model, student, layers, tokenizer, new_vectors)
    return student


def build_causal(
    teacher: Path,
    tokenizer: Path,
    *,
    layers: list[int],
    initial: str,
    vocabulary: int,
    architecture: str | None = None,
    shape: Shape | None = None,
    new_vectors: NewVectors = MEAN,
) -> PreTrainedModel:
    """Make a causal model likewise."""
    config = _config(teacher, CAUSAL, layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape)
    student: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    if initial == "teacher":
        model = AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32)
        _copy_weights(model, student, layers, tokenizer, new_vectors)
    return student


def build_encoder_decoder(
    teacher: Path,
    tokenizer: Path,
    *,
    layers: list[int],
    initial: str,
    vocabulary: int,
    start: int,
    pad: int | None,
    end: int | None,
    architecture: str | None = None,
    shape: Shape | None = None,
    new_vectors: NewVectors = MEAN,
) -> PreTrainedModel:
    """Make an encoder-decoder model likewise; it writes after the token `start`, until the token `end`."""
    config = _config(
        teacher, ENCODER_DECODERS, layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape
    )
    config.decoder_start_token_id, config.pad_token_id = start, start if pad is None else pad
    config.bos_token_id, config.eos_token_id = start, end
    student: PreTrainedModel = AutoModelForSeq2SeqLM.from_config(config, dtype=torch.float32)
    if initial == "teacher":
        model = AutoModelForSeq2SeqLM.from_pretrained(teacher, dtype=torch.float32)
        _copy_weights(model, student, layers, tokenizer, new_vectors)
    return student


def _config(
    teacher: Path,
    supported: tuple[str, ...],
    *,
    layers: list[int],
    vocabulary: int,
    architecture: str | None,
    shape: Shape | None,
) -> PretrainedConfig:
    config = AutoConfig.for_model(architecture) if architecture else AutoConfig.from_pretrained(teacher)
    if config.model_type not in supported:
        raise UserError(
            f"distill: a model of type '{config.model_type}' makes no student of this family; "
            f"expected one of: {', '.join(supported)}"
        )
    config.vocab_size = vocabulary
    if layers:
        _keep_layers(config, layers)
    _reshape(config, shape or {})
    return config


def _keep_layers(config: PretrainedConfig, layers: list[int]) -> None:
    if max(layers) >= config.num_hidden_layers:
        raise UserError(
            f"layers: {layers} asks for layer {max(layers)}; the teacher has 0 to {config.num_hidden_layers - 1}"
        )
    for name in ("num_hidden_layers", "num_decoder_layers", "decoder_layers"):
        if hasattr(config, name):
            setattr(config, name, len(layers))
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in layers]


def _reshape(config: PretrainedConfig, shape: Shape) -> None:
    for name, value in shape.items():
        if not hasattr(config, name):
            raise UserError(f"shape: a {config.model_type} has no '{name}'; {nearest(name, config.to_dict())}")
        setattr(config, name, value)
    if "num_hidden_layers" in shape and getattr(config, "layer_types", None):
        # As many as there are layers, in the pattern of the others.
        config.layer_types = list(islice(cycle(config.layer_types), config.num_hidden_layers))
    if "hidden_size" in shape and "head_dim" not in shape and hasattr(config, "head_dim"):
        config.head_dim = config.hidden_size // config.num_attention_heads


def _copy_weights(
    teacher: PreTrainedModel, student: PreTrainedModel, layers: list[int], tokenizer: Path, new_vectors: NewVectors
) -> None:
    """Give the student the teacher's weights, and tables with a row for each of its own pieces."""
    weights, size = teacher.state_dict(), teacher.config.vocab_size
    kept = layers or range(teacher.config.num_hidden_layers)
    vocabulary = Vocabulary.read(tokenizer, new_vectors.corpus, teachers=size)
    chosen: dict[str, torch.Tensor] = {}
    mixture = new_vectors.weights(vocabulary)
    for name, value in student.state_dict().items():
        theirs = _LAYER.sub(lambda found: f"{found[1]}.{kept[int(found[2])]}.{found[3]}", name)
        old = weights[theirs if theirs in weights else name]  # T5's first layer alone has relative positions
        whole = old.shape[0] == size and value.shape[0] == student.config.vocab_size and old.ndim == 2
        chosen[name] = new_table(old, vocabulary, mixture) if whole else old
    student.load_state_dict(chosen)


def table_of(model: PreTrainedModel) -> torch.Tensor:
    """Give the matrix of input embeddings (vocabulary, width)."""
    embeddings = model.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)
    return embeddings.weight
