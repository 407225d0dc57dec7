"""The configuration of a student: its teacher's, with what the student changes."""

from itertools import cycle, islice
from pathlib import Path

from transformers import AutoConfig, PretrainedConfig

from alambic.errors import UserError, nearest
from alambic.models.opening import open_config
from alambic.settings import Width
from alambic.settings.pruned_config import pruned_config
from alambic.settings.student_checks import check_layers, check_model

Shape = dict[str, int | float | bool]


def configure(
    teacher: Path,
    family: str,
    *,
    layers: list[int],
    vocabulary: int,
    architecture: str | None,
    shape: Shape | None,
    width: Width | None = None,
) -> PretrainedConfig:
    """Give the configuration of a student of a family; UserError where the teacher's cannot become it."""
    config = AutoConfig.for_model(architecture) if architecture else open_config(teacher)
    check_model(family, config.model_type)
    config.vocab_size = vocabulary
    if architecture and (config.pad_token_id or 0) >= vocabulary:
        config.pad_token_id = None  # of the type's usual vocabulary, which this student's is not
    if layers:
        _keep_layers(config, layers)
    _reshape(config, shape or {})
    if width:
        for name, value in pruned_config(family, config.to_dict(), width).items():
            setattr(config, name, value)
    return config


def _keep_layers(config: PretrainedConfig, layers: list[int]) -> None:
    check_layers(layers, config.num_hidden_layers)
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
