"""Labels that are written: learnt by heart by both families, with the probability of each, exact."""

import itertools

import numpy as np
import pytest
import torch
from writers import CODES, overfit, tiny_writer

from alambic.stages.evaluate.metrics import accuracy, brier, expected_calibration_error, multilabel_f1
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import load_head, saved_head
from alambic.tasks.heads.label_generation import token_of

LENGTH = 64
LABELS = ("coeur", "foie", "poumon", "rein")


def texts_with_labels(*, several):
    """Make texts that name one organ, or up to three."""
    wordings = [full for full, _ in CODES.values()]
    of = {label: [text for text in wordings if label in text] for label in LABELS}
    if not several:
        return [Example(f"{label}{n}", text, label) for label in LABELS for n, text in enumerate(of[label][:4])]
    sets = [labels for size in (1, 2, 3) for labels in itertools.combinations(LABELS, size)]
    return [Example(str(n), ", ".join(of[label][n % 5] for label in labels), labels) for n, labels in enumerate(sets)]


@pytest.fixture(scope="module", params=["causal", "encoder_decoder"])
def base(request, tmp_path_factory):
    return tiny_writer(tmp_path_factory.mktemp(request.param), request.param)


@pytest.mark.parametrize("several", [False, True])
def test_labels_are_learnt_by_heart_and_answered_in_the_form_of_their_task(base, tmp_path, several):
    examples = texts_with_labels(several=several)
    head = load_head("label_generation", LABELS)
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1)
    overfit(head, model, tokenizer, examples, steps=100, length=LENGTH)
    head.settle(model, tokenizer, TaskData(head.name, LABELS, train=examples), max_length=LENGTH)
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again = saved_head(tmp_path)
    model, tokenizer = again.open_model(tmp_path), again.open_preprocessor(tmp_path)
    predictions = again.predict(model, tokenizer, examples, max_length=LENGTH)
    gold, answers = [e.gold for e in examples], [p.answer for p in predictions]
    assert answers == gold
    assert (multilabel_f1 if several else accuracy).score(gold, answers).value == 1.0
    scores = [prediction.scores[None] for prediction in predictions]
    assert brier.score(gold, scores, LABELS).value < 0.1
    assert expected_calibration_error.score(gold, scores, LABELS).value < 0.2
    question = again.question("0", examples[0].text)
    (answer,) = again.predict(model, tokenizer, [question], max_length=LENGTH)
    record = again.as_record(question, answer)
    assert [each["label"] for each in record["labels"]] == [examples[0].gold[0] if several else examples[0].gold]
    assert all(0.5 < each["score"] <= 1 for each in record["labels"])


@pytest.fixture(scope="module")
def unsure(base):
    """A model that has learnt a little, and is sure of nothing."""
    head = load_head("label_generation", LABELS)
    model, tokenizer = head.new_model(base, seed=3), head.open_preprocessor(base)
    overfit(head, model, tokenizer, texts_with_labels(several=True), steps=50, length=LENGTH)
    return head, model.eval(), tokenizer


def next_probabilities(unsure, source, written):
    """Read a text and labels at once; give the probability of each label that may come, and of the end."""
    head, model, tokenizer = unsure
    if head.causal:
        logits = model(torch.tensor([[*source, *written]])).logits[0, -1]
    else:
        before = torch.tensor([[head.start, *written]])
        logits = model(input_ids=torch.tensor([source]), decoder_input_ids=before).logits[0, -1]
    tokens = tokenizer.convert_tokens_to_ids([*map(token_of, LABELS)])
    may_come = [token for token in tokens if not written or token > written[-1]] + [tokenizer.eos_token_id]
    return dict(zip(may_come, logits[may_come].softmax(dim=-1).tolist(), strict=True))


@torch.no_grad()
def test_the_probability_of_one_label_is_that_of_its_token_among_all_labels(unsure):
    head, model, tokenizer = unsure
    examples = [Example(str(n), text, "coeur") for n, (text, _) in enumerate(list(CODES.values())[:5])]
    passages = head.encode(tokenizer, examples, max_length=LENGTH)
    tokens = tokenizer.convert_tokens_to_ids([*map(token_of, LABELS)])
    for passage, found in zip(passages, head.predict(model, tokenizer, examples, max_length=LENGTH), strict=True):
        among = next_probabilities(unsure, passage.source, [])
        total = sum(among[token] for token in tokens)
        np.testing.assert_allclose(found.scores, [among[token] / total for token in tokens], rtol=1e-4, atol=1e-6)
        assert found.answer == LABELS[int(found.scores.argmax())]


@torch.no_grad()
def test_the_probabilities_of_several_labels_multiply_to_that_of_the_answer(unsure):
    """By the chain rule: of each label that it is given, and of each other that it is passed over."""
    head, model, tokenizer = unsure
    examples = texts_with_labels(several=True)
    passages = head.encode(tokenizer, examples, max_length=LENGTH)
    several = 0
    for passage, found in zip(passages, head.predict(model, tokenizer, examples, max_length=LENGTH), strict=True):
        given = found.scores > 0.5
        labels = [LABELS[n] for n in np.flatnonzero(given)]
        several += len(labels) > 1
        assert found.answer == (tuple(labels) or (LABELS[int(found.scores.argmax())],))
        written, product = [], 1.0
        for token in [*tokenizer.convert_tokens_to_ids([*map(token_of, labels)]), tokenizer.eos_token_id]:
            product *= next_probabilities(unsure, passage.source, written)[token]
            written.append(token)
        assert np.where(given, found.scores, 1 - found.scores).prod() == pytest.approx(product, rel=1e-3)
    assert several  # the chain was longer than one


def test_odd_texts_are_answered_and_remarked(unsure):
    head, model, tokenizer = unsure
    odd = [Example("0", " ", "coeur"), Example("1", "insuffisance du coeur " * 60, "coeur"), Example("2", "foie", "")]
    predictions = head.predict(model, tokenizer, odd, max_length=LENGTH)
    assert [each.remarks for each in predictions] == [("empty_texts",), ("texts_longer_than_read",), ()]
    assert all(each.answer in LABELS and each.scores.shape == (len(LABELS),) for each in predictions)
    assert head.predict(model, tokenizer, [], max_length=LENGTH) == []


def test_more_labels_than_there_is_room_for_are_counted(unsure):
    """The end is made the least likely of all, and the next label the likeliest."""
    head, model, tokenizer = unsure
    tokens = tokenizer.convert_tokens_to_ids([*map(token_of, LABELS)])

    def every_label(_module, _inputs, logits):
        logits = logits.index_fill(-1, torch.tensor(tokens), 1e3)
        for step, token in enumerate(tokens):
            logits[..., token] -= 10.0 * step
        return logits.index_fill(-1, torch.tensor([tokenizer.eos_token_id]), -1e9)

    hook = model.get_output_embeddings().register_forward_hook(every_label)
    longest, head.longest = head.longest, 2
    try:
        (prediction,) = head.predict(model, tokenizer, [Example("1", "coeur", ())], max_length=LENGTH)
    finally:
        hook.remove()
        head.longest = longest
    assert prediction.answer == LABELS[:2] and prediction.remarks == ("outputs_without_end",)
