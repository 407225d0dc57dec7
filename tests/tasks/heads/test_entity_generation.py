"""Lists of entities: learnt by heart by both families, placed in texts of any script, counted where they are lost."""

import unicodedata
from dataclasses import replace

import pytest
from entity_texts import TYPES, entity_examples, example_of
from writers import overfit, tiny_writer

from alambic.models.decoding import Written
from alambic.stages.evaluate.metrics import entity_f1
from alambic.tasks.examples import TaskData
from alambic.tasks.head import load_head, saved_head
from alambic.tasks.heads._copied_entities import PlacedEntity, ReadLists, merged, parts_of
from alambic.tasks.heads.entity_generation import token_of
from alambic.tasks.iob2 import from_tags, tag_names

LENGTH = 96
LABELS = tag_names(TYPES)


@pytest.fixture(scope="module", params=["causal", "encoder_decoder"])
def base(request, tmp_path_factory):
    return tiny_writer(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def drawn(base):
    """A model that knows nothing."""
    head = load_head("entity_generation", LABELS)
    return head, head.new_model(base, seed=3).eval(), head.open_preprocessor(base)


def test_entities_are_learnt_by_heart_and_score_as_tags(base, tmp_path):
    examples = entity_examples()
    head = load_head("entity_generation", LABELS)
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1)
    overfit(head, model, tokenizer, examples, steps=150, length=LENGTH)
    head.settle(model, tokenizer, TaskData("entity_generation", LABELS, train=examples), max_length=LENGTH)
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again = saved_head(tmp_path)
    model, tokenizer = again.open_model(tmp_path), again.open_preprocessor(tmp_path)
    predictions = again.predict(model, tokenizer, examples, max_length=LENGTH)
    gold, answers = [e.gold for e in examples], [p.answer for p in predictions]
    assert entity_f1.score(gold, answers).value == 1.0 and answers == gold
    for example, prediction in zip(examples, predictions, strict=True):
        entities = from_tags(example.gold)
        assert len(prediction.scored) == len(prediction.scores) == len(entities) + 1
        assert ((prediction.scores > 0) & (prediction.scores <= 1)).all() and prediction.ended
        assert prediction.remarks == (("empty_lists",) if not entities else ())
    question = again.question("0", examples[0].text)
    (answer,) = again.predict(model, tokenizer, [question], max_length=LENGTH)
    record = again.as_record(question, answer)
    assert [(each["label"], each["text"]) for each in record["entities"]] == [("DISO", "toux"), ("CHEM", "aspirine")]


def test_what_is_written_is_a_list_of_the_texts_own_words_whatever_the_weights_say(drawn):
    head, model, tokenizer = drawn
    head.settle(model, tokenizer, TaskData("entity_generation", LABELS), max_length=LENGTH)
    examples = entity_examples()
    for example, prediction in zip(examples, head.predict(model, tokenizer, examples, max_length=LENGTH), strict=True):
        assert prediction.ended and "entities_not_placed" not in prediction.remarks
        assert len(prediction.answer) == len(example.words) and {*prediction.answer} <= {*LABELS}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("une toux, de la fièvre", {"toux": "DISO", "fièvre": "DISO"}),
        ("œdème de l’œil", {"œdème": "DISO", "œil": "DISO"}),
        ("ﬁèvre élevée", {"ﬁèvre élevée": "DISO"}),  # a ligature
        (unicodedata.normalize("NFD", "fièvre élevée à 39°C"), {unicodedata.normalize("NFD", "fièvre élevée"): "DISO"}),
        ("taux de β-HCG, 高血圧, \U0001f912", {"β": "CHEM", "高血圧": "DISO"}),
    ],
)
@pytest.mark.parametrize("letters", [False, True])  # pieces of bytes, and of letters of which most are not known
def test_any_script_is_found_again(tmp_path, text, named, letters):
    head = load_head("entity_generation", LABELS)
    tokenizer = head.open_preprocessor(tiny_writer(tmp_path, "encoder_decoder", letters=letters))
    example = example_of("1", text, named)
    (part,) = parts_of(tokenizer, [example], length=LENGTH)
    written = head._list(tokenizer, part, example)
    read = head._read(tokenizer, part, Written(written, [0.0] * len(written), True, 0.0))
    assert [found.entity for found in read.entities] == from_tags(example.gold) and len(read.entities) == len(named)
    assert not read.not_placed and head._lost(tokenizer, example, [part]) == ()


def test_what_comes_several_times_is_placed_from_left_to_right_or_counted(drawn):
    head, _, tokenizer = drawn
    twice = example_of("1", "toux le matin, toux le soir", {"toux": "DISO"})
    assert len(from_tags(twice.gold)) == 2 and lost(head, tokenizer, twice) == ()
    second = replace(twice, gold=("O", *twice.gold[1:]))  # the list cannot say which of the two
    assert lost(head, tokenizer, second) == ("entities_placed_elsewhere",)


def test_of_nested_entities_those_that_are_no_tags_are_counted(drawn):
    head, _, tokenizer = drawn
    example = example_of("1", "insuffisance du coeur", {"insuffisance du coeur": "DISO"})
    nested = replace(example, spans=((0, 3, "DISO"), (2, 3, "ANAT"), (0, 1, "DISO")))
    assert lost(head, tokenizer, nested) == ("nested_entities_left_out",) * 2


def test_a_long_text_is_read_in_windows_and_an_entity_that_none_holds_is_counted(base, drawn):
    head, model, tokenizer = drawn
    long = example_of("1", "une toux et " * 40 + "de la fièvre", {"toux": "DISO", "fièvre": "DISO"})
    parts = head._parts(tokenizer, [long], max_length=40)
    assert len(parts) > 3 and lost(head, tokenizer, long, length=40) == ()
    assert all(len(head._source(tokenizer, part)) <= 40 for part in parts)
    head.settle(model, tokenizer, TaskData("entity_generation", LABELS), max_length=40)
    (prediction,) = head.predict(model, tokenizer, [long], max_length=40)
    assert "texts_read_in_windows" in prediction.remarks and len(prediction.answer) == len(long.words)
    whole = replace(long, gold=("B-DISO", *["I-DISO"] * (len(long.words) - 1)))
    assert lost(head, tokenizer, whole, length=40) == ("entities_across_windows",)
    passages = head.encode(tokenizer, [whole], max_length=40)
    assert all(len(passage.target) == 1 for passage in passages)  # the end alone


def test_where_windows_overlap_the_one_with_more_context_counts(drawn):
    head, _, tokenizer = drawn
    long = example_of("1", "une toux et " * 40, {"toux": "DISO"})
    parts = head._parts(tokenizer, [long], max_length=40)
    first, second = parts[:2]
    shared = [entity for entity in from_tags(long.gold) if first.tokens_of(entity) and second.tokens_of(entity)]
    assert shared
    for entity in shared:
        place = tuple(token + second.first for token in second.tokens_of(entity))
        nearer = int(first.context(*place) < second.context(*place))
        for number in range(2):
            lists = [ReadLists([PlacedEntity(entity, place, 0.5)] if n == number else []) for n in range(len(parts))]
            assert [found.entity for found in merged(parts, lists)] == ([entity] if number == nearer else [])


def test_a_list_that_is_cut_off_leaves_its_last_entity_out_and_counts_it(drawn):
    head, model, tokenizer = drawn
    example = entity_examples()[0]
    head.longest = 2
    (prediction,) = head.predict(model, tokenizer, [replace(example)], max_length=LENGTH)
    assert not prediction.ended or "empty_lists" in prediction.remarks
    (part,) = parts_of(tokenizer, [example], length=LENGTH)
    ids = head._list(tokenizer, part, example)
    read = head._read(tokenizer, part, Written(ids, [-0.1] * len(ids), False, -0.1))
    assert [found.entity for found in read.entities] == from_tags(example.gold)[:-1] and read.not_placed == 1


def test_texts_without_words_have_no_entity(drawn):
    head, model, tokenizer = drawn
    empty, blank = head.predict(
        model, tokenizer, [head.question("0", ""), head.question("1", " \n")], max_length=LENGTH
    )
    assert empty.answer == blank.answer == ()
    assert empty.remarks == blank.remarks == ("empty_texts", "empty_lists")
    assert head.predict(model, tokenizer, [], max_length=LENGTH) == []


def test_a_text_is_never_read_as_the_token_of_a_type(drawn):
    head, _, tokenizer = drawn
    example = example_of("1", "voir <entity:DISO> toux </s>", {"toux": "DISO"})
    (passage,) = head.encode(tokenizer, [example], max_length=LENGTH)
    assert tokenizer.convert_tokens_to_ids(token_of("DISO")) not in passage.source
    assert tokenizer.convert_tokens_to_ids(token_of("DISO")) == passage.target[0]


def lost(head, tokenizer, example, *, length=LENGTH):
    """Name the right entities that the head cannot give."""
    return head._lost(tokenizer, example, head._parts(tokenizer, [example], max_length=length))
