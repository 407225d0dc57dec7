"""What is written is what transformers' own search writes, free or constrained, one text alone or many together."""

import random

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    BertConfig,
    EncoderDecoderConfig,
    EncoderDecoderModel,
    GenerationConfig,
)

from alambic.models.decoding import Search, write
from alambic.models.padding import padded
from alambic.models.token_table import table_of_lists, table_of_outputs

PIECES, PAD, END, START, OPENS = 24, 0, 1, 2, 3
LONGEST = 9
SHAPES = {
    "llama": {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2},
    "qwen2": {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
    },
    "gpt2": {"n_embd": 16, "n_layer": 2, "n_head": 2},
    "t5": {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 2, "num_heads": 2},
    "bart": {
        "d_model": 16,
        "encoder_layers": 1,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
    },
    "encoder-decoder": {},
}


@pytest.fixture(scope="module", params=SHAPES)
def model(request):
    torch.manual_seed(0)
    kind, common = (
        request.param,
        {"vocab_size": PIECES, "pad_token_id": PAD, "eos_token_id": END, "bos_token_id": START},
    )
    if kind == "encoder-decoder":
        half = BertConfig(**common, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
        made = EncoderDecoderModel(config=EncoderDecoderConfig.from_encoder_decoder_configs(half, half))
    else:
        config = AutoConfig.for_model(kind, **common, **SHAPES[kind])
        auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        made = auto.from_config(config)
    with torch.no_grad():  # sure of something, so that no two continuations are as likely
        for weight in made.parameters():
            weight.add_(torch.randn(weight.shape) * 0.4)
    return made.eval()


@pytest.fixture(scope="module")
def sources():
    draws = random.Random(1)
    return [[draws.randrange(4, PIECES) for _ in range(size)] for size in (3, 7, 1, 5, 7, 2)]


def reference(model, source, *, beams=1, allowed=None):
    """Let transformers write after one text; without the token that starts a target, up to the one that ends it."""
    config = GenerationConfig(
        max_new_tokens=LONGEST,
        num_beams=beams,
        do_sample=False,
        eos_token_id=END,
        pad_token_id=PAD,
        decoder_start_token_id=START if model.config.is_encoder_decoder else None,
    )
    model.generation_config = config
    before = 1 if model.config.is_encoder_decoder else len(source)
    given = padded([source])
    ids = model.generate(
        **given,
        generation_config=config,
        prefix_allowed_tokens_fn=allowed and (lambda _, written: allowed(tuple(written[before:].tolist()))),
    )[0, before:].tolist()
    return ids[: ids.index(END)] if END in ids else ids


def search(model, **further):
    start = START if model.config.is_encoder_decoder else None
    return Search(end=END, pad=PAD, longest=LONGEST, start=start, **further)


@pytest.mark.parametrize("beams", [1, 4])
def test_free_writing_is_that_of_transformers(model, sources, beams):
    written = write(model, sources, search(model, beams=beams))
    assert [each.ids for each in written] == [reference(model, source, beams=beams) for source in sources]
    for each in written:
        assert len(each.log_probs) == len(each.ids) + each.ended
        assert (each.margin is None) == (beams == 1)


@pytest.mark.parametrize("beams", [1, 4])
def test_constrained_writing_is_that_of_transformers_with_allowed_tokens(model, sources, beams):
    """Each of 40 codes of two or three tokens, any number of times."""
    draws = random.Random(2)
    items = sorted({tuple(draws.randrange(4, 14) for _ in range(2)) for _ in range(40)})
    items = [(4 + item[0] % 5, *(9 + token % 5 for token in item[1:])) for item in items]
    items = sorted({*items, *((*item, 14 + number % 3) for number, item in enumerate(items[::2]))})
    table = table_of_lists(items, vocabulary=PIECES, end=END, opens=OPENS, most=2, text=(20, 21, 22, 23))

    def allowed(written):
        if OPENS not in written:
            return [OPENS] if len(written) == 2 else [OPENS, 20, 21, 22, 23]
        rest = written[written.index(OPENS) + 1 :]
        if END in rest:
            return [PAD]
        begins = [place for place, token in enumerate(rest) if token < 9]  # those that follow are above
        item = rest[begins[-1] :] if begins else ()
        following = {each[len(item)] for each in items if len(each) > len(item) and each[: len(item)] == item}
        if not item or item in items:
            following |= {each[0] for each in items} | {END}
        return sorted(following)

    written = write(model, sources, search(model, beams=beams, table=table))
    assert [each.ids for each in written] == [
        reference(model, source, beams=beams, allowed=allowed) for source in sources
    ]


def test_of_a_closed_list_the_likeliest_is_written_and_its_probability_is_exact(model, sources):
    """With a beam for every output the search is exhaustive: compared with the probability of each by itself."""
    outputs = [(5, 6), (5, 7), (8, 6), (9, 9)]
    table = table_of_outputs(outputs, vocabulary=PIECES, end=END)
    (written,) = write(model, sources[:1], search(model, beams=4, table=table))
    totals = {output: total(model, sources[0], (*output, END)) for output in outputs}
    assert tuple(written.ids) == max(totals, key=totals.get) and written.ended
    best, second = sorted(totals.values(), reverse=True)[:2]
    expected = torch.tensor(best / 3).exp() - torch.tensor(second / 3).exp()
    assert written.margin == pytest.approx(float(expected), abs=1e-5)


def total(model, source, target):
    """Sum the log-probabilities of a target, read at once."""
    with torch.no_grad():
        if model.config.is_encoder_decoder:
            logits = model(
                input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([[START, *target[:-1]]])
            ).logits
        else:
            logits = model(torch.tensor([[*source, *target[:-1]]])).logits[:, len(source) - 1 :]
    return float(logits[0].log_softmax(-1).gather(1, torch.tensor(target)[:, None]).sum())


def test_the_noted_probabilities_are_among_the_allowed_tokens(model, sources):
    table = table_of_outputs([(5, 6), (5, 7)], vocabulary=PIECES, end=END)
    for beams in (1, 2):
        for each in write(model, sources, search(model, beams=beams, table=table)):
            first, second, end = each.log_probs
            assert first == pytest.approx(0, abs=1e-5) and end == pytest.approx(0, abs=1e-5)
            assert second < 0 and (beams > 1 or second > -0.7)  # the better of two


def test_what_never_ends_is_cut_off_and_says_so(model, sources):
    table = table_of_outputs([(5,) * 30], vocabulary=PIECES, end=END)
    for beams in (1, 3):
        written = write(model, sources, search(model, beams=beams, table=table))
        assert [(each.ids, each.ended) for each in written] == [([5] * LONGEST, False)] * len(sources)
