"""A model that lists entities annotates a corpus, and encoders learn from that, without a labelled text."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from scoring import predict_and_score
from toy_tasks import CASES, encoder_in
from toy_tasks import RECIPE as OF_ENCODERS
from transformers import AutoTokenizer
from writers import tiny_shape

from alambic.commands.apply.answers import Answerer
from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.data.signal_store import facts_of, stored_rows
from alambic.errors import UserError
from alambic.settings import Finetune, Recipe, Task, Teach
from alambic.stages.finetune import run as finetuning
from alambic.stages.finetune.stored_entities import StoredEntities
from alambic.stages.teach import run as teaching
from alambic.stages.teach.signals import entity_annotations
from alambic.tasks.examples import Example
from alambic.tasks.head import NOT_ASKED, load_head, saved_head
from alambic.tasks.iob2 import tag_names
from alambic.tasks.words import word_offsets

TASK, MAKE, _ = CASES["token_classification"]
DESCRIBED = {"DRUG": "aspirine", "DISEASE": "hepatite"}
TEXTS = [
    "risque de bradycardie avec la digoxine",
    "hepatite avec la warfarine",
    "le coeur",
    "la dose de aspirine avec risque de bradycardie",
]


def task_of(head):
    """The encoder knows no word of the types' names, but that by which each is described."""
    return Task(**{**TASK.model_dump(), "head": head, "options": {**TASK.options, "descriptions": DESCRIBED}})


@pytest.fixture(scope="module")
def annotated(tmp_path_factory):
    """A causal teacher that was fine-tuned on the task, a corpus without labels, and what it annotates there."""
    folder = tmp_path_factory.mktemp("annotated")
    places = {name: folder / name for name in ("encoder", "causal", "teacher", "corpus", "signal", "only_drugs")}
    for place in places.values():
        place.mkdir()
    inputs = MAKE(folder)
    encoder_in(places["encoder"])
    AutoTokenizer.from_pretrained(places["encoder"]).save_pretrained(places["causal"])
    tiny_shape(places["causal"], "causal", pad=0, end=2)
    recipe = Recipe(batch_size=16, epochs=12, learning_rate=5e-3, max_length=64)
    learning = Finetune(model="m", task=task_of("entity_generation"), recipe=recipe, seed=1)
    finetuning.run(learning, Inputs({**inputs, "model": [places["causal"]]}), places["teacher"])
    documents = (Document(str(n), text, "t", "", "CC0-1.0") for n, text in enumerate(TEXTS * 8))
    write_documents(documents, places["corpus"], part="train")
    given = Inputs(teacher=[places["teacher"]], corpus=[places["corpus"]])
    options = {"signal": "entity_annotations", "documents_per_shard": 7}
    teaching.run(Teach(teacher="t", corpus="c", draws=4, types=DESCRIBED, **options), given, places["signal"])
    teaching.run(Teach(teacher="t", corpus="c", types={"DRUG": "aspirine"}, **options), given, places["only_drugs"])
    return inputs, places


def test_entities_have_their_place_probability_and_agreement(annotated):
    _, places = annotated
    rows = list(stored_rows(places["signal"]))
    assert len(rows) == len(TEXTS) * 8 and all(row["ended"] and row["not_placed"] == 0 for row in rows)
    entities = [
        [(row_text[e["start"] : e["end"]], e["label"]) for e in row["entities"]] for row, row_text in paired(rows)
    ]
    assert entities[0] == [("bradycardie", "DISEASE"), ("digoxine", "DRUG")]
    stored = [entity for row in rows for entity in row["entities"]]
    assert all(0 < entity["probability"] <= 1 and entity["agreement"] * 4 in range(5) for entity in stored)
    assert np.mean([entity["agreement"] for entity in stored]) > 0.7
    facts = facts_of(places["signal"])
    assert json.loads(facts["types"]) == DESCRIBED and facts["draws"] == "4" and facts["teacher"] == ""


def paired(rows):
    return zip(rows, TEXTS * 8, strict=True)


def test_types_that_are_not_asked_for_are_not_listed_and_without_draws_nothing_agrees(annotated):
    _, places = annotated
    stored = [entity for row in stored_rows(places["only_drugs"]) for entity in row["entities"]]
    assert {entity["label"] for entity in stored} == {"DRUG"} and {entity["agreement"] for entity in stored} == {None}
    with pytest.raises(UserError, match=r"types\.DRUGS: .* does not list it; did you mean 'DRUG'"):
        entity_annotations.capture(places["teacher"], types={"DRUGS": ""})


def test_draws_are_those_of_the_document_whatever_is_read_with_it(annotated):
    _, places = annotated
    capture = entity_annotations.capture(places["teacher"], draws=3, temperature=4.0)
    documents = [Document(str(n), text, "t", "", "CC0-1.0") for n, text in enumerate(TEXTS)]
    together, alone = capture(documents), [capture([document]) for document in documents]
    for row, table in zip(together.to_pylist(), alone, strict=True):
        (single,) = table.to_pylist()
        assert [each["agreement"] for each in row["entities"]] == [each["agreement"] for each in single["entities"]]
    agreements = [each["agreement"] for row in together.to_pylist() for each in row["entities"]]
    assert min(agreements) < 1  # what is drawn so hotly differs


def test_a_model_that_lists_nothing_is_refused(annotated, tmp_path):
    inputs, places = annotated
    tagger = Finetune(model="m", task=TASK, recipe=OF_ENCODERS.model_copy(update={"epochs": 1}), seed=1)
    finetuning.run(tagger, Inputs({**inputs, "model": [places["encoder"]]}), tmp_path)
    with pytest.raises(
        UserError, match="answers by token_classification: entity_annotations needs a model of entity_g"
    ):
        entity_annotations.capture(tmp_path)


@pytest.mark.parametrize("name", ["typed_spans", "token_classification"])
def test_an_encoder_learns_the_task_from_annotations_without_a_labelled_text(annotated, tmp_path, name):
    inputs, places = annotated
    student = tmp_path / "student"
    student.mkdir()
    settings = Finetune(
        model="m", task=task_of(name), recipe=OF_ENCODERS, seed=1, corpus="c", signal="s", repeat=0, min_agreement=0.5
    )
    given = {**inputs, "model": [places["encoder"]], "corpus": [places["corpus"]], "signal": [places["signal"]]}
    facts = finetuning.run(settings, Inputs(given), student)
    assert facts["train_texts"] == 0 and facts["examples"] == len(TEXTS) * 8
    stored = sum(len(row["entities"]) for row in stored_rows(places["signal"]))
    assert facts["entities_learnt"] + facts["entities_below_a_threshold"] == stored
    assert "0 labelled texts were learnt" in (student / "README.md").read_text()
    rows, _ = predict_and_score(
        tmp_path, task_of(name), Inputs({**inputs, "finetuned": [student]}), finetuned=["a"], seeds=[1]
    )
    assert max(row["value"] for row in rows if row["dataset"] == "silver") > 0.8
    assert saved_head(student).name == name


def test_words_of_an_unsure_entity_say_nothing(annotated):
    _, places = annotated
    head, text = load_head("typed_spans", tag_names(("DRUG", "DISEASE"))), "la digoxine avec hepatite"
    entities = [
        {"start": 3, "end": 11, "label": "DRUG", "probability": 0.9, "agreement": 0.5},
        {"start": 17, "end": 25, "label": "DISEASE", "probability": 0.4, "agreement": 1.0},
    ]
    example = Example("0", text, (), word_offsets(text))
    stored = StoredEntities(head, places["signal"], min_probability=0.5, min_agreement=0.5)
    targets = stored.targets(example, {"entities": entities})
    assert [head.labels[row.argmax()] if row.any() else "" for row in targets] == ["O", "B-DRUG", "O", ""]
    assert dict(stored.counts) == {"entities_learnt": 1, "entities_below_a_threshold": 1}


def test_types_that_were_not_annotated_are_marked_or_refused(annotated):
    _, places = annotated
    labels = tag_names(("DRUG", "DISEASE"))
    typed, tagger = (load_head(name, labels) for name in ("typed_spans", "token_classification"))
    stored = StoredEntities(typed, places["only_drugs"], min_probability=0, min_agreement=0)
    assert [typed.labels[n] for n in stored.not_asked] == ["B-DISEASE", "I-DISEASE"]
    tokenizer, text = typed.open_preprocessor(places["encoder"]), TEXTS[0]
    example = Example("0", text, ("O",) * 6, word_offsets(text))
    (window,) = typed.encode(tokenizer, [example], max_length=16)
    marked = stored.mark(typed.label(window, typed.gold_targets(example)))
    assert (marked.targets[:, stored.not_asked] == NOT_ASKED).all()
    with pytest.raises(UserError, match="token_classification would learn that there are none"):
        StoredEntities(tagger, places["only_drugs"], min_probability=0, min_agreement=0)
    with pytest.raises(UserError, match="was made without draws"):
        StoredEntities(typed, places["only_drugs"], min_probability=0, min_agreement=0.5)
    with pytest.raises(UserError, match=r"entities of \['DRUG'\], which the task has not"):
        StoredEntities(
            load_head("typed_spans", tag_names(["X"])), places["only_drugs"], min_probability=0, min_agreement=0
        )


def test_shards_are_those_of_the_other_signals(annotated):
    _, places = annotated
    shards = sorted(places["signal"].glob("signal-*.parquet"))
    assert len(shards) == 5
    assert pq.read_schema(shards[0]).names == ["id", "entities", "not_placed", "ended", "text"]


def test_a_model_that_reads_no_types_is_asked_for_none(annotated):
    _, places = annotated
    with pytest.raises(UserError, match=r"--type X: .* answers by entity_generation, which reads no descriptions"):
        Answerer(places["teacher"], types={"X": "hepatite"})
