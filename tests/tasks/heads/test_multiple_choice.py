"""Answers scored against their question: by an encoder, and by how likely a model that writes finds them."""

import json

import numpy as np
import pytest
import tiny_bases
import torch
from tiny_models import tiny_model
from toy_tasks import encoder_in
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer, pipeline
from writers import tiny_writer

from alambic.errors import UserError
from alambic.tasks.choices import read_choices
from alambic.tasks.examples import Example
from alambic.tasks.head import check_accepts, load_head, saved_head

QUESTIONS = [
    Example(
        "1",
        "Lequel de ces médicaments est un anticoagulant ?",
        ("b",),
        choices=(("a", "Aspirine"), ("b", "Warfarine"), ("c", "L'ibuprofène, à forte dose")),
    ),
    Example("2", "Que traite la digoxine ?", ("a", "b"), choices=(("a", "Le cœur"), ("b", "La fibrillation"))),
]
LENGTH = 64


def learnt(head, model, tokenizer, examples, steps=40):
    """Train on examples; give the losses."""
    questions = head.encode(tokenizer, examples, max_length=LENGTH)
    batch = head.collator(tokenizer)(
        [
            head.label(question, head.gold_targets(example))
            for question, example in zip(questions, examples, strict=True)
        ]
    )
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=3e-3), []
    for _ in range(steps):
        optimizer.zero_grad()
        told = head.loss(model, batch)
        told["loss"].backward()
        optimizer.step()
        losses.append({name: value.item() for name, value in told.items()})
    return losses


def drawn(kind, folder):
    """Write a drawn model that writes: a causal one, with each kind of BPE, or a T5 with pieces of its own."""
    if kind == "t5":
        return tiny_writer(folder, "encoder_decoder")
    {"llama": tiny_bases.byte_bpe, "mistral": tiny_bases.sentencepiece_bpe}[kind](folder)
    pieces = len(AutoTokenizer.from_pretrained(folder))
    tiny_model(kind, pieces=pieces, max_position_embeddings=LENGTH * 2).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["llama", "mistral"])
def causal(request, tmp_path_factory):
    return drawn(request.param, tmp_path_factory.mktemp(request.param) / "model")


@pytest.fixture(scope="module", params=["llama", "mistral", "t5"])
def writer(request, tmp_path_factory):
    return drawn(request.param, tmp_path_factory.mktemp(request.param) / "model")


def test_a_causal_model_is_asked_how_likely_each_answer_is(causal):
    """The scores are the sums that one gets by reading question and answer whole, one after the other."""
    head = load_head("multiple_choice", ("best",))
    tokenizer, model = head.open_preprocessor(causal), head.open_model(causal)
    questions = head.encode(tokenizer, QUESTIONS, max_length=LENGTH * 2)
    found = head.scores(model, questions, pad_id=tokenizer.pad_token_id)
    plain, reads = AutoModelForCausalLM.from_pretrained(causal), AutoTokenizer.from_pretrained(causal)
    for example, scores in zip(QUESTIONS, found, strict=True):
        for (_, answer), score in zip(example.choices, scores.tolist(), strict=True):
            before = reads(f"{example.text}\nRéponse :", add_special_tokens=False)["input_ids"]
            ids = reads(f"{example.text}\nRéponse : {answer}", add_special_tokens=False)["input_ids"]
            assert ids[: len(before)] == before
            with torch.no_grad():
                logs = plain(torch.tensor([ids])).logits[0].log_softmax(-1)
            expected = sum(logs[place - 1, ids[place]].item() for place in range(len(before), len(ids)))
            assert score == pytest.approx(expected, abs=1e-4)
    predictions = head.predict(model, tokenizer, QUESTIONS, max_length=LENGTH * 2)
    for example, scores, prediction in zip(QUESTIONS, found, predictions, strict=True):
        assert prediction.answer == example.choices[int(scores.argmax())][0]
        np.testing.assert_allclose(prediction.scores, scores.softmax(-1), atol=1e-6)


def test_an_encoder_decoder_model_is_asked_how_likely_it_would_write_each_answer(tmp_path):
    """The scores are the sums that one gets by giving question and answer to the model, one after the other."""
    encoder_decoder = drawn("t5", tmp_path / "model")
    head = load_head("multiple_choice", ("right",))
    tokenizer, model = head.open_preprocessor(encoder_decoder), head.open_model(encoder_decoder)
    questions = head.encode(tokenizer, QUESTIONS, max_length=LENGTH * 2)
    found = head.scores(model, questions, pad_id=tokenizer.pad_token_id)
    plain = AutoModelForSeq2SeqLM.from_pretrained(encoder_decoder)
    reads, start = AutoTokenizer.from_pretrained(encoder_decoder), plain.config.decoder_start_token_id
    for example, scores in zip(QUESTIONS, found, strict=True):
        for (_, answer), score in zip(example.choices, scores.tolist(), strict=True):
            read = reads(f"{example.text}\nRéponse :", return_tensors="pt")["input_ids"]
            ids = reads(f" {answer}", add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                logits = plain(input_ids=read, decoder_input_ids=torch.tensor([[start, *ids[:-1]]])).logits
            expected = logits[0].log_softmax(-1)[range(len(ids)), ids].sum().item()
            assert score == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("label", ["right", "best"])
def test_a_model_that_writes_learns_and_is_opened_again(writer, tmp_path, label):
    examples = QUESTIONS if label == "right" else [Example("1", QUESTIONS[0].text, "b", choices=QUESTIONS[0].choices)]
    head = load_head("multiple_choice", (label,))
    check_accepts(head.name, writer)
    tokenizer, model = head.open_preprocessor(writer), head.new_model(writer, seed=1)
    losses = learnt(head, model, tokenizer, examples)
    assert losses[-1]["loss"] < losses[0]["loss"] and losses[-1]["accuracy"] == 1
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    assert [prediction.answer for prediction in predictions] == [example.gold for example in examples]
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again = saved_head(tmp_path)
    assert (again.name, again.labels) == ("multiple_choice", (label,)) and again.usage(tmp_path) == []
    after = again.predict(again.open_model(tmp_path), again.open_preprocessor(tmp_path), examples, max_length=LENGTH)
    for one, other in zip(predictions, after, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return encoder_in(tmp_path_factory.mktemp("encoder"))


@pytest.mark.parametrize("label", ["right", "best"])
def test_a_plain_pipeline_scores_each_answer_of_an_encoder_alike(encoder, tmp_path, label):
    gold = {"right": ("a", "c"), "best": "c"}[label]
    choices = (("a", "le coeur"), ("b", "aspirine"), ("c", "hepatite avec le rein"))
    example = Example("1", "risque de bradycardie", gold, choices=choices)
    head = load_head("multiple_choice", (label,))
    model, tokenizer = head.new_model(encoder, seed=1), head.open_preprocessor(encoder)
    learnt(head, model, tokenizer, [example], steps=15)
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    (found,) = head.predict(model, tokenizer, [example], max_length=LENGTH)
    ask = pipeline("text-classification", str(tmp_path))
    use = saved_head(tmp_path).plain_use
    scores = [ask([{"text": example.text, "text_pair": text}], **use.options)[0]["score"] for _, text in choices]
    if label == "right":
        assert scores == pytest.approx(found.scores.tolist(), abs=1e-5)
        chosen = tuple(name for (name, _), score in zip(choices, scores, strict=True) if score > 0.5)
        assert found.answer == (chosen or (choices[int(np.argmax(scores))][0],))
    else:
        assert found.answer == choices[int(np.argmax(scores))][0]
    card = "\n".join(saved_head(tmp_path).usage(tmp_path))
    assert '({"text": question, "text_pair": an_answer}, ' in card
    record = head.as_record(example, found)
    assert record["labels"][0]["label"] == choices[int(found.scores.argmax())][0]


def test_questions_of_one_batch_may_have_other_numbers_of_answers(encoder):
    """A question by itself has the loss that it has beside another one."""
    head = load_head("multiple_choice", ("right",))
    model, tokenizer = head.new_model(encoder, seed=1).eval(), head.open_preprocessor(encoder)
    questions = head.encode(tokenizer, QUESTIONS, max_length=LENGTH)
    labelled = [head.label(q, head.gold_targets(e)) for q, e in zip(questions, QUESTIONS, strict=True)]
    batch = head.collator(tokenizer)
    alone = [head.loss(model, batch([one]))["loss"].item() for one in labelled]
    assert head.loss(model, batch(labelled))["loss"].item() == pytest.approx(sum(alone) / 2, abs=1e-6)
    assert batch(labelled)["given"].tolist() == [[True, True, True], [True, True, False]]


def test_a_question_without_answers_says_what_it_needs(encoder):
    head = load_head("multiple_choice", ("right",))
    with pytest.raises(UserError, match=r"q has 0 answers to choose from: .* that --second-column names"):
        head.encode(head.open_preprocessor(encoder), [head.question("q", "Lequel ?")], max_length=LENGTH)
    asked = head.question("q", "Lequel ?", '["un", "deux"]')
    assert asked.choices == (("a", "un"), ("b", "deux"))


def test_what_is_too_long_for_a_causal_model_is_cut_at_its_beginning(causal, caplog):
    head = load_head("multiple_choice", ("best",))
    tokenizer = head.open_preprocessor(causal)
    long = Example("1", "Le coeur bat. " * 40, "a", choices=(("a", "Oui"), ("b", "Non")))
    (question,) = head.encode(tokenizer, [long], max_length=24)
    assert [len(row) for row in question.rows] == [24, 24] and "2 of 2 texts have more than 24" in caplog.text
    assert tokenizer.decode(question.rows[0].ids).endswith("Réponse : Oui")
    assert head.encode(tokenizer, [long], max_length=1) == []


@pytest.mark.parametrize("label", ["right", "best"])
def test_an_answer_that_a_model_cannot_read_is_never_chosen_and_counted(writer, label, caplog):
    """The other questions, and the other answers, are as they are without it."""
    head = load_head("multiple_choice", (label,))
    tokenizer, model = head.open_preprocessor(writer), head.open_model(writer)
    choices = (("a", "Oui"), ("b", "le coeur bat " * 90), ("c", "Non"))
    long = Example("1", "Le coeur bat ?", "a", choices=choices)
    short = Example("1", "Le coeur bat ?", "a", choices=(choices[0], choices[2]))
    nothing = Example("1", "Le coeur bat ?", "b", choices=(choices[1], choices[1]))
    assert [each.example for each in head.encode(tokenizer, [long, short], max_length=LENGTH)] == [1]
    assert "1 of 2 questions are left out" in caplog.text
    found, alone, none = head.predict(model, tokenizer, [long, short, nothing], max_length=LENGTH)
    assert found.scores[1] == 0 and found.remarks == ("answers_that_cannot_be_read",) and alone.remarks == ()
    np.testing.assert_allclose(found.scores[[0, 2]], alone.scores, atol=1e-6)
    assert none.answer == {"right": (), "best": ""}[label] and len(none.remarks) == 2
    assert head.as_record(nothing, none) == {"labels": []}


@pytest.mark.parametrize("written", ["{", '{"a": 1}', "[1, 2]", '"x"', '{"a": " "}'])
def test_answers_in_another_form_are_named(written):
    with pytest.raises(UserError, match="expected JSON such as"):
        read_choices(written)


def test_answers_are_read_by_name_and_in_order():
    assert read_choices(json.dumps({"b": " deux ", "a": "un"})) == (("b", "deux"), ("a", "un"))
    assert read_choices("") == ()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"a": "Oui", "a": "Non"}', "the name 'a' comes twice"),
        ("[" * 100_000, "expected JSON such as"),
        ('["Oui", "\\ud800"]', r"'b': .* U\+D800 is no character"),
        ('["Oui\\u0000", "Non"]', r"'a': .* U\+0000 is no character"),
    ],
)
def test_answers_that_cannot_be_told_apart_or_written_are_named(written, message):
    with pytest.raises(UserError, match=message):
        read_choices(written)
