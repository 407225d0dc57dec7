"""The student: some of its teacher's layers, on a vocabulary of its own."""

from dataclasses import dataclass, field
from importlib import import_module
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

from alambic.data.inputs import Inputs
from alambic.settings import Distill, Width
from alambic.stages.distill.student.axes import LAYER
from alambic.stages.distill.student.configuration import Shape, configure
from alambic.stages.distill.student.narrow import weights_of
from alambic.stages.distill.student.vocabulary import Vocabulary, new_table
from alambic.stages.distill.student.warm_start import DOUBLED, double, pair

WITH_POOLER = ("bert", "roberta", "xlm-roberta", "camembert")  # which distillation would not train


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


def wanted(settings: Distill) -> dict[str, Any]:
    """Say what a student is to be, as all of the following take it."""
    return {name: getattr(settings, name) for name in ("layers", "architecture", "shape", "width")}


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
    `new_vectors` says; of its units stay those that `width` counts, which say most on the text of `new_vectors`. With
    "random", nothing of the teacher but the shape, which `shape` may change, and of which an `architecture` of its own
    keeps nothing.
    """
    config = configure(
        teacher, "encoder", layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape, width=width
    )
    extra = {"add_pooling_layer": False} if config.model_type in WITH_POOLER else {}
    student: PreTrainedModel = AutoModel.from_config(config, dtype=torch.float32, **extra)
    if initial == "teacher":
        model = AutoModel.from_pretrained(teacher, dtype=torch.float32, **extra)
        weights = weights_of(model, teacher, student.config, width, new_vectors.corpus)
        _copy_weights(weights, model.config, student, layers, tokenizer, new_vectors)
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
    width: Width | None = None,
    new_vectors: NewVectors = MEAN,
    family: str = "causal",
) -> PreTrainedModel:
    """Make a causal model likewise, as a student of a `family` or a part of one."""
    config = configure(
        teacher, family, layers=layers, vocabulary=vocabulary, architecture=architecture, shape=shape, width=width
    )
    student: PreTrainedModel = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    if initial == "teacher":
        model = AutoModelForCausalLM.from_pretrained(teacher, dtype=torch.float32)
        weights = weights_of(model, teacher, student.config, width, new_vectors.corpus)
        _copy_weights(weights, model.config, student, layers, tokenizer, new_vectors)
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
    width: Width | None = None,
    new_vectors: NewVectors = MEAN,
) -> PreTrainedModel:
    """Make an encoder-decoder model likewise; it writes after the token `start`, until the token `end`.

    Of an encoder as a teacher, or of a causal model that has such a pair, both halves take what a student of its own
    kind would.
    """
    pad = start if pad is None else pad
    kind = None if architecture else AutoConfig.from_pretrained(teacher).model_type
    chosen: dict[str, Any] = {"layers": layers, "initial": initial, "vocabulary": vocabulary, "shape": shape}
    chosen |= {"width": width, "new_vectors": new_vectors}
    if kind in WITH_POOLER:
        encoder = build_encoder(teacher, tokenizer, **chosen)
        return pair(encoder, copy=initial == "teacher", start=start, pad=pad, end=end)
    if kind in DOUBLED:
        causal = build_causal(teacher, tokenizer, **chosen, family="encoder_decoder")
        return double(causal, start=start, pad=pad, end=end)
    config = configure(
        teacher,
        "encoder_decoder",
        layers=layers,
        vocabulary=vocabulary,
        architecture=architecture,
        shape=shape,
        width=width,
    )
    config.decoder_start_token_id, config.pad_token_id = start, pad
    config.bos_token_id, config.eos_token_id = start, end
    student: PreTrainedModel = AutoModelForSeq2SeqLM.from_config(config, dtype=torch.float32)
    if initial == "teacher":
        model = AutoModelForSeq2SeqLM.from_pretrained(teacher, dtype=torch.float32)
        _copy_weights(model.state_dict(), model.config, student, layers, tokenizer, new_vectors)
    return student


def _copy_weights(
    weights: dict[str, torch.Tensor],
    config: PretrainedConfig,
    student: PreTrainedModel,
    layers: list[int],
    tokenizer: Path,
    new_vectors: NewVectors,
) -> None:
    """Give the student the teacher's weights, and tables with a row for each of its own pieces."""
    size = config.vocab_size
    kept = layers or range(config.num_hidden_layers)
    vocabulary = Vocabulary.read(tokenizer, new_vectors.corpus, teachers=size)
    chosen: dict[str, torch.Tensor] = {}
    mixture = new_vectors.weights(vocabulary)
    for name, value in student.state_dict().items():
        theirs = LAYER.sub(lambda found: f"{found[1]}.{kept[int(found[2])]}.{found[3]}", name)
        old = weights[theirs if theirs in weights else name]  # T5's first layer alone has relative positions
        whole = old.shape[0] == size and value.shape[0] == student.config.vocab_size and old.ndim == 2
        chosen[name] = new_table(old, vocabulary, mixture) if whole else old
    student.load_state_dict(chosen)


def table_of(model: PreTrainedModel) -> torch.Tensor:
    """Give the matrix of input embeddings (vocabulary, width)."""
    embeddings = model.get_input_embeddings()
    assert isinstance(embeddings, nn.Embedding)
    return embeddings.weight
