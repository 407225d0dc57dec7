"""An encoder-decoder student that begins as a model of another kind, twice: BERT2BERT, and T5Gemma.

Rothe, Narayan and Severyn 2020 (arXiv 1907.12461): encoder and decoder both take an encoder's weights; what the
decoder reads the other half by, cross-attention, is new, and so is the layer before its output. transformers knows the
pair as `EncoderDecoderModel`, which its Auto classes open.

Zhang et al. 2025 (arXiv 2504.06225): encoder and decoder both take a causal model's weights, the encoder reads in both
directions, and cross-attention begins as self-attention. transformers knows the pair of two Gemma 2 as `t5gemma`. Other
causal models have no such pair: none of its classes gives a Llama, Qwen or Mistral cross-attention.
"""

from copy import deepcopy
from typing import Any

from torch import Tensor
from torch.nn.functional import gelu
from transformers import (
    AutoModelForCausalLM,
    EncoderDecoderConfig,
    EncoderDecoderModel,
    PreTrainedModel,
    T5GemmaConfig,
    T5GemmaForConditionalGeneration,
    T5GemmaModuleConfig,
)

NEW = "crossattention"
SHARED_FIELDS = ("vocab_size", "hidden_size", "num_hidden_layers")  # of a pair, as by other encoder-decoders
DOUBLED = ("gemma2",)  # causal models of which there are pairs

# What a part of T5Gemma is called in Gemma 2.
_IN_GEMMA = {
    "cross_attn.": "self_attn.",
    "pre_self_attn_layernorm": "input_layernorm",
    "pre_cross_attn_layernorm": "input_layernorm",
    "post_self_attn_layernorm": "post_attention_layernorm",
    "post_cross_attn_layernorm": "post_attention_layernorm",
}


def pair(encoder: PreTrainedModel, *, copy: bool, start: int, pad: int, end: int | None) -> PreTrainedModel:
    """Join an encoder with a decoder of its shape; with `copy`, of its weights too."""
    of_decoder = deepcopy(encoder.config)
    of_decoder.is_decoder = of_decoder.add_cross_attention = True
    decoder = AutoModelForCausalLM.from_config(of_decoder)
    if copy:
        missing, unexpected = decoder.base_model.load_state_dict(encoder.state_dict(), strict=False)
        assert not unexpected and all(NEW in name for name in missing), (missing, unexpected)
    # A bias for each piece would not fit the matrix that objectives predict by: it stays at zero.
    decoder.get_output_embeddings().bias.requires_grad_(False).zero_()
    config = EncoderDecoderConfig.from_encoder_decoder_configs(
        encoder.config, of_decoder, **{name: getattr(encoder.config, name) for name in SHARED_FIELDS}
    )
    config.decoder_start_token_id, config.pad_token_id = start, pad
    config.bos_token_id, config.eos_token_id = start, end
    return EncoderDecoderModel(config, encoder=encoder, decoder=decoder)


def double(causal: PreTrainedModel, *, start: int, pad: int, end: int | None) -> PreTrainedModel:
    """Make an encoder and a decoder of a causal model, with its weights.

    Its logits are no longer bent at their largest: objectives predict by a matrix alone.
    """
    theirs = causal.config.to_dict()
    marks: dict[str, Any] = {"bos_token_id": start, "pad_token_id": pad, "eos_token_id": end}
    half = {name: theirs[name] for name in T5GemmaModuleConfig.__dataclass_fields__ if name in theirs}
    half |= {**marks, "model_type": T5GemmaModuleConfig.model_type, "final_logit_softcapping": None}
    shared = {name: theirs[name] for name in (*SHARED_FIELDS, "tie_word_embeddings")}
    config = T5GemmaConfig(encoder=half, decoder=half, **marks, **shared)
    config.decoder_start_token_id = start
    student = T5GemmaForConditionalGeneration(config)
    weights = causal.base_model.state_dict() | {"out_proj.weight": causal.get_output_embeddings().weight}
    student.load_state_dict({name: weights[_in_gemma(name)] for name in student.state_dict()})
    return student


def _in_gemma(name: str) -> str:
    for prefix in ("model.encoder.", "model.decoder.", "lm_head."):
        name = name.removeprefix(prefix)
    for ours, theirs in _IN_GEMMA.items():
        name = name.replace(ours, theirs)
    return name


def before_output(decoder: Any, states: Tensor) -> Tensor:
    """Turn a decoder's last states into those that its matrix of pieces is multiplied with."""
    if decoder.config.model_type == "bert":
        output_states: Tensor = decoder.cls.predictions.transform(states)
    else:  # RoBERTa and its kin
        output_states = decoder.lm_head.layer_norm(gelu(decoder.lm_head.dense(states)))
    return output_states
