"""Types that are read: what a type is called or described as decides, also of one that was never learnt."""

import numpy as np
import pytest
import torch
from entity_texts import TYPES, entity_examples, example_of
from toy_tasks import WORDS, encoder_in
from writers import overfit

from alambic.commands.apply.answers import Answerer
from alambic.errors import UserError
from alambic.stages.evaluate.metrics import entity_f1
from alambic.tasks.examples import Example
from alambic.tasks.head import NOT_ASKED, load_head
from alambic.tasks.heads._type_rows import FILE
from alambic.tasks.heads.typed_spans import with_types
from alambic.tasks.iob2 import from_tags, tag_names

LENGTH = 32
LABELS = tag_names(("DISEASE", "DRUG"))
# Each type is described by one of its own words, which the encoder knows.
DESCRIBED = {"DRUG": ("aspirine",), "DISEASE": ("hepatite",)}
NAMED = {"aspirine": "DRUG", "hepatite": "DISEASE"}
TEXTS = ("risque de hepatite avec la aspirine", "la aspirine", "le coeur", "dose de aspirine", "hepatite avec risque")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return encoder_in(tmp_path_factory.mktemp("encoder"))


def learnt(base, *, descriptions=DESCRIBED, steps=60):
    head = load_head("typed_spans", LABELS, descriptions)
    model, tokenizer = head.new_model(base, seed=1), head.open_preprocessor(base)
    examples = [example_of(str(n), text, NAMED) for n, text in enumerate(TEXTS)]
    overfit(head, model, tokenizer, examples, steps=steps, length=LENGTH, rate=3e-3)
    return head, model, tokenizer, examples


def test_entities_are_learnt_by_heart_and_scored_as_tags(base):
    head, model, tokenizer, examples = learnt(base)
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    assert entity_f1.score([e.gold for e in examples], [p.answer for p in predictions]).value == 1.0
    assert all(p.scores.shape == (len(e.words), len(LABELS)) for p, e in zip(predictions, examples, strict=True))


def test_a_saved_model_is_asked_for_types_that_no_text_had(base, tmp_path):
    """`warfarine` was never tagged; a type of that name has a row of its own, which its description made."""
    head, model, tokenizer, _ = learnt(base)
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again, opened = with_types(tmp_path, {"DISEASE": "hepatite", "DRUG": "aspirine"})
    plain = load_head("typed_spans", LABELS).open_model(tmp_path)
    torch.testing.assert_close(opened.classifier.weight, plain.classifier.weight, atol=1e-5, rtol=1e-4)
    other, asked = with_types(tmp_path, {"COAGULATION": "warfarine", "DRUG": "aspirine"})
    assert other.labels == tag_names(("COAGULATION", "DRUG"))
    assert not torch.allclose(asked.classifier.weight[1:3], opened.classifier.weight[1:3], atol=1e-3)
    text = "la aspirine"
    (answer,) = other.predict(asked, tokenizer, [other.question("0", text)], max_length=LENGTH)
    assert {label for _, _, label in from_tags(answer.answer)} <= {"COAGULATION", "DRUG"}
    (record,) = Answerer(tmp_path, types={"X": "hepatite"}).answer(["la hepatite"])
    assert {entity["label"] for entity in record["entities"]} <= {"X"}
    assert again.descriptions == {"DISEASE": "hepatite", "DRUG": "aspirine"}


def test_a_type_that_was_not_learnt_is_found_by_what_it_is_described_as(base):
    """Learnt are seven types of a word each; asked for are two others, each described by a word that was no entity."""
    fillers, unseen = ("le", "la", "de", "avec"), ("coeur", "rein")
    words = [word for word in WORDS if word not in (*fillers, *unseen)]
    head = load_head("typed_spans", tag_names(words))  # without a description each says its name
    model, tokenizer = head.new_model(base, seed=1), head.open_preprocessor(base)
    texts = [f"{before} {word} {after}" for word in words for before in fillers for after in fillers[:2]]
    examples = [example_of(str(n), text, {word: word for word in words}) for n, text in enumerate(texts)]
    overfit(head, model, tokenizer, examples, steps=30, length=LENGTH, rate=3e-3)
    learnt = model.classifier.state_dict()
    scores = {}
    for described in unseen:
        asked = load_head("typed_spans", tag_names(("X",)), {"X": (described,)})
        model.classifier = asked._rows(model, base)
        model.classifier.load_state_dict(learnt)
        for word in unseen:
            example = asked.question("0", f"le {word} avec")
            (prediction,) = asked.predict(model, tokenizer, [example], max_length=LENGTH)
            before, scores[word, described], after = prediction.scores[:, 1:].sum(axis=1)
            assert max(before, after) < scores[word, described]
    assert all(scores[word, word] > scores[word, other] for word, other in (unseen, unseen[::-1]))


def test_a_description_counts_and_one_of_no_type_is_refused(base):
    named, described = (load_head("typed_spans", LABELS, texts) for texts in ({}, DESCRIBED))
    weights = [head.new_model(base, seed=1).eval().classifier.rows()[0] for head in (named, described)]
    assert not torch.allclose(*weights, atol=1e-4)
    assert named.descriptions == {"DISEASE": "DISEASE", "DRUG": "DRUG"}
    with pytest.raises(UserError, match="descriptions: no type 'DRUGS' in this task; did you mean 'DRUG'"):
        load_head("typed_spans", LABELS, {"DRUGS": ("x",)})


def test_what_was_not_asked_for_neither_teaches_nor_competes(base):
    head, tokenizer = load_head("typed_spans", LABELS, DESCRIBED), None
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1).eval()
    example = example_of("0", TEXTS[0], NAMED)
    (window,) = head.encode(tokenizer, [example], max_length=LENGTH)
    labelled = head.label(window, head.gold_targets(example))
    disease = [n for n, tag in enumerate(LABELS) if tag.endswith("DISEASE")]
    labelled.targets[:, disease] = NOT_ASKED
    loss = head.loss(model, head.collator(tokenizer)([labelled]))["loss"]
    loss.backward()
    assert torch.isfinite(loss)
    alone = load_head("typed_spans", tag_names(("DRUG",)), {"DRUG": DESCRIBED["DRUG"]})
    rows = alone._rows(model, base)
    rows.load_state_dict(model.classifier.state_dict())
    model.classifier = rows
    tags = tuple("O" if tag.endswith("DISEASE") else tag for tag in example.gold)
    targets = alone.gold_targets(Example("0", example.text, tags, example.words))
    kept = labelled.targets[:, [0, 3, 4]].sum(axis=1) > 0  # what stands on a disease has no target
    batch = alone.collator(tokenizer)([alone.label(window, targets)])
    batch["targets"][0][~torch.from_numpy(kept)] = 0
    torch.testing.assert_close(loss, alone.loss(model, batch)["loss"])


def test_a_long_description_is_cut_and_told(base, caplog):
    with caplog.at_level("WARNING"):
        load_head("typed_spans", LABELS, {"DRUG": ("aspirine " * 100,)}).new_model(base, seed=1)
        load_head("typed_spans", LABELS).new_model(base, seed=1)
    assert "1 of 2 descriptions are longer than 48 tokens" in caplog.text
    assert "1 of 2 descriptions read like another one" in caplog.text  # both names are unknown words


def test_types_of_the_study_are_told_apart(base):
    head = load_head("typed_spans", tag_names(TYPES))
    model, tokenizer = head.new_model(base, seed=1), head.open_preprocessor(base)
    windows = head.encode(tokenizer, entity_examples(), max_length=LENGTH)
    assert model(input_ids=torch.tensor([windows[0].ids])).logits.shape[-1] == len(tag_names(TYPES))


def test_a_model_without_maps_finds_no_further_types(base, tmp_path):
    head, model, tokenizer, _ = learnt(base, steps=1)
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    (tmp_path / FILE).unlink()
    with pytest.raises(UserError, match="has no type_maps"):
        with_types(tmp_path, {"X": "coeur"})
    assert np.isfinite(load_head("typed_spans", LABELS).open_model(tmp_path).classifier.weight.detach().numpy()).all()
