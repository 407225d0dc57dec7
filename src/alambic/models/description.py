"""What a model folder holds, read from its configuration and the headers of its weights."""

from math import prod
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, MODEL_FOR_MASKED_LM_MAPPING_NAMES

from alambic.data.model_checks import check_weights
from alambic.models.opening import open_config


def describe(folder: Path, *, licence: str) -> dict[str, Any]:
    """Count parameters and name the family of the model in `folder`.

    `parameters` counts stored values, tied ones once; `embedding_parameters` those of the matrices that have one row
    per piece (an untied output head included).
    """
    config = open_config(folder)
    text = config.get_text_config()
    shapes = list(check_weights(folder).values())
    return {
        "parameters": sum(prod(shape) for shape in shapes),
        "embedding_parameters": sum(prod(s) for s in shapes if len(s) == 2 and s[0] == text.vocab_size),
        "layers": text.num_hidden_layers,
        "hidden_size": text.hidden_size,
        "vocabulary": text.vocab_size,
        "licence": licence,
        "family": family(config),
    }


def family(config: PretrainedConfig) -> str:
    """Tell "encoder", "causal" and "encoder-decoder" models apart."""
    if config.is_encoder_decoder:
        return "encoder-decoder"
    architectures = config.architectures or []
    if any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in architectures):
        return "causal"
    # Decoders such as GPT-2 have no masked form; a bare BertModel has both, and is an encoder.
    masked = config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    causal = config.model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    return "causal" if causal and not masked else "encoder"
