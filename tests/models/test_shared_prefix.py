"""Tokens that stand before every text are read once: what is written behind them is the same as behind the whole."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from alambic.models.cached_steps import CachedSteps
from alambic.models.decoding import Search, write
from alambic.models.shared_prefix import SharedPrefix

PIECES, PAD, END = 24, 0, 1
SHAPES = {
    "llama": {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
    },
    "gpt2": {"n_embd": 16, "n_layer": 2, "n_head": 2},
}
PREFIX = [5, 9, 4, 4, 17, 3, 8]
TEXTS = [[6, 7, 11], [12], [3, 3, 20, 21, 22, 5, 8, 13], [7, 7]]


@pytest.fixture(scope="module", params=SHAPES)
def model(request):
    torch.manual_seed(0)
    config = AutoConfig.for_model(request.param, vocab_size=PIECES, initializer_range=0.5, **SHAPES[request.param])
    return AutoModelForCausalLM.from_config(config).eval()


def test_the_next_token_is_as_likely_as_behind_the_whole_prompt(model):
    prefix = SharedPrefix(model, PREFIX)
    with torch.inference_mode():
        shared = CachedSteps(model, TEXTS, pad=PAD, prefix=prefix).begin()
        whole = CachedSteps(model, [[*PREFIX, *text] for text in TEXTS], pad=PAD).begin()
    torch.testing.assert_close(shared, whole, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(whole, CachedSteps(model, TEXTS, pad=PAD).begin(), atol=1e-2), "the prefix counts"


@pytest.mark.parametrize("beams", [1, 3])
def test_what_is_written_is_the_same_and_the_prefix_serves_again(model, beams):
    prefix = SharedPrefix(model, PREFIX)
    whole = write(model, [[*PREFIX, *text] for text in TEXTS], Search(END, PAD, 9, beams=beams))
    for _ in range(2):
        shared = write(model, TEXTS, Search(END, PAD, 9, beams=beams, prefix=prefix))
        assert [each.ids for each in shared] == [each.ids for each in whole]
        assert [each.score for each in shared] == pytest.approx([each.score for each in whole], abs=1e-4)
    assert len({tuple(each.ids) for each in whole}) > 1, "texts differ in what is written after them"
