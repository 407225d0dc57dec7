"""What a model writes depends on its text and its seed alone, and is drawn from its own distribution."""

import pytest
import torch
from tiny_models import FRENCH, tiny_llama
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from alambic.models.generation import SeededSampling, generate


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tiny_llama(tmp_path_factory.mktemp("model"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = [[0, *tokenizer(text)["input_ids"][: 3 + n]] for n, text in enumerate(FRENCH)]
    return AutoModelForCausalLM.from_pretrained(folder), texts


def test_the_likeliest_text_is_that_of_a_search_step_by_step(made):
    model, texts = made
    model.generation_config = GenerationConfig(max_new_tokens=1, repetition_penalty=5.0)  # does not count
    found = generate(model, texts, tokens=6, end=1, pad=1)
    for text, written in zip(texts, found, strict=True):
        ids = list(text)
        while len(ids) < len(text) + 6 and ids[-1] != 1:
            with torch.no_grad():
                ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        assert written == ids[len(text) :]
    assert model.generation_config.repetition_penalty == 5.0


def test_neighbours_change_nothing_and_seeds_do(made):
    model, texts = made
    together = generate(model, texts, tokens=6, end=None, pad=1, seeds=[1, 2, 3, 4])
    alone = generate(model, texts[2:3], tokens=6, end=None, pad=1, seeds=[3])
    assert together[2] == alone[0] and len(alone[0]) == 6
    assert generate(model, texts[2:3], tokens=6, end=None, pad=1, seeds=[4]) != alone


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_tokens_are_drawn_as_often_as_they_are_likely(temperature):
    scores = torch.randn(1, 12, generator=torch.Generator().manual_seed(0)) * 2
    count = 4000
    drawn = SeededSampling(range(count), tokens=1, temperature=temperature)
    found = drawn(torch.zeros(count, 1), scores.expand(count, -1)).argmax(dim=1)
    expected = torch.softmax(scores[0] / temperature, 0)
    deviation = (torch.bincount(found, minlength=12) / count - expected) / (expected * (1 - expected) / count).sqrt()
    assert deviation.abs().max() < 4


def test_nothing_is_written_after_the_end(made):
    model, texts = made
    free = generate(model, texts, tokens=6, end=None, pad=1, seeds=[1, 2, 3, 4])
    end = free[0][2]
    for whole, cut in zip(free, generate(model, texts, tokens=6, end=end, pad=1, seeds=[1, 2, 3, 4]), strict=True):
        assert cut == (whole[: whole.index(end) + 1] if end in whole else whole)


def test_what_must_not_be_written_is_not(made):
    model, texts = made
    free = generate(model, texts, tokens=6, end=None, pad=1, seeds=[1, 2, 3, 4])
    never = {one for written in free for one in written}
    other = generate(model, texts, tokens=6, end=None, pad=1, seeds=[1, 2, 3, 4], never=sorted(never))
    assert not never & {one for written in other for one in written}
