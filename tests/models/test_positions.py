"""How many tokens models of each type read: as many as they take, and one more is too many."""

import pytest
import torch
from tiny_models import TINY, tiny_model
from transformers import AutoConfig, AutoModel, BartConfig, EncoderDecoderConfig, T5Config

from alambic.errors import UserError
from alambic.models.positions import check_positions, usable_positions, window_length
from alambic.models.text_tokens import LONGEST

HARD = ("bert", "roberta", "xlm-roberta", "camembert")  # a table of positions, which has an end


@pytest.mark.parametrize("kind", HARD)
def test_a_model_reads_as_many_tokens_as_its_positions_say_and_no_more(kind):
    model = tiny_model(kind, max_position_embeddings=20)
    reads = usable_positions(model.config)
    assert reads == (20 if kind == "bert" else 18)
    model(input_ids=torch.full((1, reads), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, reads + 1), 5))


def test_the_first_positions_of_roberta_are_of_padding():
    assert usable_positions(AutoConfig.for_model("roberta", max_position_embeddings=514)) == 512
    assert usable_positions(AutoConfig.for_model("camembert", max_position_embeddings=514, pad_token_id=0)) == 513


@pytest.mark.parametrize("kind", [*TINY, "gpt2", "bart"])
def test_other_models_read_as_many_as_they_have_positions(kind):
    config = AutoConfig.for_model(kind)
    if kind not in ("roberta", "xlm-roberta", "camembert"):
        assert usable_positions(config) == config.max_position_embeddings


def test_relative_positions_have_no_end_and_of_two_halves_the_lesser_counts():
    assert usable_positions(T5Config()) is None
    bart = BartConfig(
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        vocab_size=20,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=9,
    )
    AutoModel.from_config(bart)(input_ids=torch.full((1, 9), 5))
    assert usable_positions(bart) == 9
    halves = [AutoConfig.for_model("bert", max_position_embeddings=size) for size in (64, 32)]
    assert usable_positions(EncoderDecoderConfig.from_encoder_decoder_configs(*halves)) == 32


def test_windows_are_as_long_as_model_tokenizer_and_wish_allow():
    class Tokenizer:
        model_max_length = 16

    class Endless:
        model_max_length = int(1e30)

    roberta = AutoConfig.for_model("roberta", max_position_embeddings=514)
    assert window_length(roberta, Endless()) == 512 and window_length(roberta, Tokenizer()) == 16
    assert window_length(roberta, wanted=8) == 8 and window_length(T5Config(), Endless()) == LONGEST


def test_sequences_beyond_the_positions_are_one_error():
    config = AutoConfig.for_model("camembert", max_position_embeddings=514)
    check_positions(config, 512, "sequence_length")
    with pytest.raises(UserError, match="sequence_length: 513 tokens, and a camembert reads 512"):
        check_positions(config, 513, "sequence_length")


def test_positions_after_a_padding_beyond_them_are_one_error():
    config = AutoConfig.for_model("roberta", max_position_embeddings=64, pad_token_id=70)
    with pytest.raises(UserError, match=r"pad_token_id: 70: .*has 64"):
        usable_positions(config)


@pytest.mark.parametrize("rows", ["64", 64.0, True])
def test_positions_that_are_no_whole_number_are_one_error(rows):
    config = AutoConfig.for_model("bert")
    object.__setattr__(config, "max_position_embeddings", rows)
    with pytest.raises(UserError, match=r"max_position_embeddings: .*expected a whole number"):
        usable_positions(config)
