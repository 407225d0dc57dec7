"""A tiny real BERT learns toy tasks, is saved as transformers saves it, and is scored; windows lose no word."""

from types import SimpleNamespace

import pytest
import torch
from scoring import predict_and_score
from toy_tasks import CASES, PAIRS, RECIPE, WORDS, encoder_in
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

from alambic.data.inputs import Inputs
from alambic.settings import Finetune
from alambic.stages.finetune import run as finetuning
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head
from alambic.tasks.words import word_offsets


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return encoder_in(tmp_path_factory.mktemp("encoder"))


@pytest.mark.parametrize("head", CASES | PAIRS)
def test_a_small_model_learns_a_separable_task(encoder, tmp_path, head):
    task, make, opened = (CASES | PAIRS)[head]
    inputs, tuned = make(tmp_path), tmp_path / "tuned"
    tuned.mkdir()
    facts = finetuning.run(
        Finetune(model="m", task=task, recipe=RECIPE, seed=1), Inputs({**inputs, "model": [encoder]}), tuned
    )
    assert facts["final_loss"] < 0.1
    assert set(opened.from_pretrained(tuned).config.label2id) == set(
        opened.from_pretrained(tuned).config.id2label.values()
    )
    answering = Inputs({**inputs, "finetuned": [tuned, tuned]})
    rows, told = predict_and_score(tmp_path, task, answering, resamples=50, finetuned=["a", "b"], seeds=[1, 2])
    assert told["parameters"] > told["embedding_parameters"] > 0
    assert {row["dataset"] for row in rows} == {dataset for dataset, size in told["test_texts"].items() if size}
    assert {row["seed"] for row in rows} == {"1", "2", "all"}
    assert all(row["value"] > 0.95 and row["low"] <= row["value"] <= row["high"] for row in rows)


def test_every_word_begins_in_some_window(encoder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(encoder)
    text = " ".join(WORDS * 5)
    example = Example("x", text, (), word_offsets(text))
    windows = load_head("token_classification", "ab").encode(tokenizer, [example], max_length=16)
    assert len(windows) > 3 and all(len(window.ids) <= 16 for window in windows)
    assert {word for window in windows for word in window.words} - {-1} == set(range(len(example.words)))


def test_a_word_in_two_windows_is_read_where_it_has_more_context(encoder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(encoder)
    text = " ".join(WORDS * 5)
    example = Example("x", text, (), word_offsets(text))
    windows = load_head("token_classification", "ab").encode(tokenizer, [example], max_length=16)
    model = torch.nn.Module()
    model.device = torch.device("cpu")
    told = {tuple(window.ids): number for number, window in enumerate(windows)}

    def says_which_window_and_place(input_ids, attention_mask):
        sizes = attention_mask.sum(1).tolist()
        numbers = [told[tuple(row[:size].tolist())] for row, size in zip(input_ids, sizes, strict=True)]
        places = torch.arange(input_ids.shape[1]).expand(input_ids.shape)
        return SimpleNamespace(logits=torch.stack([torch.tensor(numbers)[:, None].expand_as(places), places], dim=-1))

    model.forward = says_which_window_and_place
    (found,) = load_head("token_classification", "ab").logits(model, tokenizer, [example], max_length=16)
    for word, (number, place) in enumerate(found.long().tolist()):
        around = {
            n: min(window.words.index(word), len(window.ids) - 1 - window.words.index(word))
            for n, window in enumerate(windows)
            if word in window.words
        }
        assert windows[number].words[place] == word and around[number] == max(around.values())


def test_the_loss_is_a_mean_over_sequences():
    logits = torch.randn(2, 3, 4)
    model = torch.nn.Module()
    model.forward = lambda **_: SimpleNamespace(logits=logits)
    known = torch.zeros(2, 3, 4)
    known[0, range(3), [1, 2, 3]] = known[1, 0, 0] = 1
    batch = {"input_ids": known, "attention_mask": known, "targets": known}
    found = finetuning.ModelWithHead(model, load_head("token_classification", "abcd"))(batch)["loss"]
    each = torch.log_softmax(logits, -1)
    expected = -((each[0, 0, 1] + each[0, 1, 2] + each[0, 2, 3]) / 3 + each[1, 0, 0]) / 2
    assert found == pytest.approx(float(expected), abs=1e-6)


def test_several_labels_are_told_from_none_by_one_half(encoder):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(encoder)
    logits = {"coeur": [3.0, 1.0, -2.0], "rein": [-3.0, -1.0, -2.0]}
    model = torch.nn.Module()
    model.device = torch.device("cpu")
    spoken = {tokenizer(word)["input_ids"][1]: torch.tensor(values) for word, values in logits.items()}
    model.forward = lambda input_ids, **_: SimpleNamespace(
        logits=torch.stack([spoken[int(row[1])] for row in input_ids])
    )
    examples = [Example(word, word, ()) for word in logits]
    head = load_head("multilabel_classification", ("b", "a", "c"))
    predictions = head.predict(model, tokenizer, examples, max_length=16)
    assert [prediction.answer for prediction in predictions] == [("a", "b"), ("a",)]


def test_the_loss_of_several_labels_is_transformers_own(encoder):
    settings = {"num_labels": 3, "problem_type": "multi_label_classification"}
    model = AutoModelForSequenceClassification.from_pretrained(encoder, **settings).eval()
    ids, gold = torch.tensor([[1, 5, 2], [1, 9, 2]]), torch.tensor([[1, 0, 1], [0, 0, 1]])
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "targets": gold.float()}
    expected = model(input_ids=ids, attention_mask=batch["attention_mask"], labels=gold.float()).loss
    head = load_head("multilabel_classification", "abc")
    torch.testing.assert_close(finetuning.ModelWithHead(model, head)(batch)["loss"], expected)
