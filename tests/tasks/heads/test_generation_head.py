"""Models that write learn thirty lines by heart, with their codes; what they write is valid, or counted."""

import json
import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer
from writers import LABELS, lines, overfit, tiny_writer

from alambic.data.example_scores import MARGIN, SEQUENCE
from alambic.models.decoding import Written
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import load_head, saved_head
from alambic.tasks.heads.code_generation import tokens_of

LENGTH = 160
FAMILIES = ("causal", "encoder_decoder")


@pytest.fixture(scope="module", params=FAMILIES)
def base(request, tmp_path_factory):
    return tiny_writer(tmp_path_factory.mktemp(request.param), request.param)


def learnt(base, folder, name, examples, *, steps, labels=LABELS):
    """Over-fit a new model, save it and open it again."""
    head = load_head(name, labels)
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1)
    loss = overfit(head, model, tokenizer, examples, steps=steps, length=LENGTH)
    head.settle(model, tokenizer, TaskData(name, labels, train=examples), max_length=LENGTH)
    head.save(model, tokenizer, folder, max_length=LENGTH)
    again = saved_head(folder)
    return again, again.open_model(folder), again.open_preprocessor(folder), loss


@pytest.fixture(scope="module")
def coder(base, tmp_path_factory):
    """A model that knows thirty lines by heart, with their standard wordings."""
    return learnt(base, tmp_path_factory.mktemp("coder"), "code_generation", lines(), steps=180)


def test_thirty_lines_are_learnt_with_their_wording_and_their_codes_in_order(coder):
    head, model, tokenizer, loss = coder
    assert loss < 0.2
    examples = lines()
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    right = [prediction.answer == example.gold for prediction, example in zip(predictions, examples, strict=True)]
    wordings = [
        prediction.written == example.standard for prediction, example in zip(predictions, examples, strict=True)
    ]
    assert sum(right) >= 28 and sum(wordings) >= 27
    for prediction in predictions:
        assert prediction.ended and prediction.scored == (*prediction.answer, SEQUENCE, MARGIN)
        assert (
            prediction.scores.dtype == np.float32 and (prediction.scores >= 0).all() and (prediction.scores <= 1).all()
        )
    record = head.as_record(examples[1], predictions[1])
    assert [each["label"] for each in record["labels"]] == list(predictions[1].answer)
    assert record["written"] == predictions[1].written and 0 < record["score"] <= 1
    assert json.dumps(record)


def test_codes_are_valid_whatever_the_weights_say(base):
    """Drawn weights know nothing: what they write is among the codes all the same, of text and codes alike."""
    head = load_head("code_generation", LABELS)
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=3)
    head.longest = 24
    for prediction in head.predict(model, tokenizer, lines(12), max_length=LENGTH):
        assert set(prediction.answer) <= set(LABELS) and len(set(prediction.answer)) == len(prediction.answer)


def test_codes_alone_are_learnt_where_no_example_has_a_standard_wording(base, tmp_path):
    examples = [replace(example, standard="") for example in lines()]
    head, model, tokenizer, _ = learnt(base, tmp_path, "code_generation", examples, steps=220)
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    assert sum(p.answer == e.gold for p, e in zip(predictions, examples, strict=True)) >= 26
    assert {prediction.written for prediction in predictions} == {""}


def test_a_code_is_a_token_for_its_category_and_one_for_each_further_character(base):
    head = load_head("code_generation", LABELS)
    tokenizer = head.open_preprocessor(base)
    assert tokens_of("I219") == ["<I21>", "<.9>"]
    for name in head.added_tokens():
        number = tokenizer.convert_tokens_to_ids(name)
        assert number >= len(AutoTokenizer.from_pretrained(base)) and tokenizer.convert_ids_to_tokens(number) == name
    target = head.target(tokenizer, Example("x", "", ("I219", "J10")))
    assert tokenizer.convert_ids_to_tokens(target) == ["<target>", "<I21>", "<.9>", "<J10>"]
    (passage,) = head.encode(tokenizer, [Example("x", "voir <I21> <.9>", ())], max_length=LENGTH)
    assert not {*target[1:]} & {*passage.source}  # a text is never read as such a token


def test_added_tokens_are_saved_once(coder, base, tmp_path):
    head, model, tokenizer, _ = coder
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again = head.open_preprocessor(tmp_path)
    assert len(again) == len(tokenizer) <= model.get_input_embeddings().weight.shape[0]
    assert AutoTokenizer.from_pretrained(tmp_path).convert_tokens_to_ids("<I21>") == tokenizer.convert_tokens_to_ids(
        "<I21>"
    )


def test_of_an_output_without_an_end_the_last_code_is_left_out_and_repeated_ones_count_once(base):
    head = load_head("code_generation", LABELS)
    tokenizer = head.open_preprocessor(base)
    names = ["<target>", "<I21>", "<.0>", "<J10>", "<I21>", "<.0>", "<K48>"]
    ids = tokenizer.convert_tokens_to_ids(names)
    logs = [0.0, -0.5, -0.5, 0.0, 0.0, 0.0, -0.1]
    whole = head.answered(tokenizer, Written(ids, [*logs, 0.0], True, -0.1, 0.2))
    assert whole.answer == ("I210", "J10", "K48")
    np.testing.assert_allclose(whole.scores, [np.exp(-1), 1, np.exp(-0.1), np.exp(-0.1), 0.2], rtol=1e-5)
    cut_off = head.answered(tokenizer, Written(ids, logs, False, -0.1, 0.2))
    assert cut_off.answer == ("I210", "J10") and not cut_off.ended
    nothing = head.answered(tokenizer, Written([], [-1.0], True, -1.0, None))
    assert nothing.answer == () and nothing.scored == (SEQUENCE, MARGIN)


def test_a_free_text_is_learnt_and_the_odd_texts_have_their_results(base, tmp_path, caplog):
    examples = [replace(example, gold=example.standard) for example in lines(12)]
    head, model, tokenizer, _ = learnt(base, tmp_path, "text_generation", examples, steps=150, labels=())
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    assert sum(p.answer == e.gold for p, e in zip(predictions, examples, strict=True)) >= 11
    assert all(p.scored == (SEQUENCE,) and 0 < p.scores[0] <= 1 for p in predictions)
    caplog.set_level(logging.WARNING, logger="alambic.tasks")
    odd = [Example("empty", "", ""), Example("long", "INF COE " * 200, "")]
    empty, long = head.predict(model, tokenizer, odd, max_length=LENGTH)
    assert isinstance(empty.answer, str) and isinstance(long.answer, str)
    assert "1 of 2 texts are longer than what is read, 160 tokens" in caplog.text
    head.longest = 3
    (cut_off,) = head.predict(model, tokenizer, examples[:1], max_length=LENGTH)
    assert not cut_off.ended and examples[0].gold.startswith(cut_off.answer[:3])
    assert "1 of 1 outputs have no end after 3 tokens" in caplog.text
    assert head.predict(model, tokenizer, [], max_length=LENGTH) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_target_that_cannot_be_said_or_is_too_long_is_counted(tmp_path, family, caplog):
    base = tiny_writer(tmp_path, family, letters=True)
    head = load_head("text_generation", ())
    tokenizer = head.open_preprocessor(base)
    caplog.set_level(logging.WARNING, logger="alambic.tasks")
    head.encode(tokenizer, [Example("x", "toux", "ꙮ" * 3), Example("y", "toux", "toux " * 300)], max_length=LENGTH)
    assert "1 of 2 targets are too long" in caplog.text
    assert "1 of 2 targets hold what the tokenizer cannot say" in caplog.text


def test_the_loss_is_that_of_the_target_alone(base):
    """Each sequence counts once, whatever its length; of the text before nothing is learnt."""
    head = load_head("text_generation", ())
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1).eval()
    examples = [Example("x", "toux", "fièvre"), Example("y", "une longue toux sèche", "la fièvre et la toux")]
    passages = head.encode(tokenizer, examples, max_length=LENGTH)
    batch = head.collator(tokenizer)([head.label(each, head.gold_targets(examples[0])) for each in passages])
    expected = []
    for passage in passages:
        target = torch.tensor(passage.target)
        with torch.no_grad():
            if head.causal:
                logits = model(torch.tensor([passage.source + passage.target[:-1]])).logits[
                    0, len(passage.source) - 1 :
                ]
            else:
                before = torch.tensor([[head.start, *passage.target[:-1]]])
                logits = model(input_ids=torch.tensor([passage.source]), decoder_input_ids=before).logits[0]
        expected.append(torch.nn.functional.cross_entropy(logits, target))
    told = head.loss(model, batch)
    torch.testing.assert_close(told["loss"], torch.stack(expected).mean(), rtol=1e-4, atol=1e-5)
