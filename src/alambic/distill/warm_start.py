"""An encoder-decoder student that begins as an encoder, twice: BERT2BERT.

Rothe, Narayan and Severyn 2020 (arXiv 1907.12461): encoder and decoder both take the encoder's weights; what the
decoder reads the other half by, cross-attention, is new, and so is the layer before its output. transformers knows the
pair as `EncoderDecoderModel`, which its Auto classes open.
"""

from copy import deepcopy
from typing import Any

from torch import Tensor
from torch.nn.functional import gelu
from transformers import AutoModelForCausalLM, EncoderDecoderConfig, EncoderDecoderModel, PreTrainedModel

NEW = "crossattention"


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
    shared = ("vocab_size", "hidden_size", "num_hidden_layers")  # said at the top, as by other encoder-decoders
    config = EncoderDecoderConfig.from_encoder_decoder_configs(
        encoder.config, of_decoder, **{name: getattr(encoder.config, name) for name in shared}
    )
    config.decoder_start_token_id, config.pad_token_id = start, pad
    config.bos_token_id, config.eos_token_id = start, end
    return EncoderDecoderModel(config, encoder=encoder, decoder=decoder)


def before_output(decoder: Any, states: Tensor) -> Tensor:
    """Turn a decoder's last states into those that its matrix of pieces is multiplied with."""
    if decoder.config.model_type == "bert":
        found: Tensor = decoder.cls.predictions.transform(states)
    else:  # RoBERTa and its kin
        found = decoder.lm_head.layer_norm(gelu(decoder.lm_head.dense(states)))
    return found
