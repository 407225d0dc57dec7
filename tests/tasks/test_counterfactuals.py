"""Minimal pairs of patients: what differs between two variants, and which answers change with it."""

from random import Random
from typing import Any

import pytest

from alambic.data.predictions import PredictedExamples
from alambic.tasks.counterfactuals import Pair, changed_answers, difference, pairs_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.iob2 import Span, from_tags, to_tags
from alambic.tasks.patient import read_patient
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.perturb.perturbations import patient
from alambic.tasks.perturbed_examples import perturbed
from alambic.tasks.words import word_offsets

NOTHING = Lexicon({}, {})
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "woman": {"patient": {"sex": "female", "age": 45}},
    "man": {"patient": {"sex": "male", "age": 45}},
    "old_woman": {"patient": {"sex": "female", "age": 82}},
    "fatima": {"patient": {"sex": "female", "age": 45, "name": "Fatima"}},
    "slips": {"typos": {"rate": 0.05}},
}
DRAWN = {"resamples": 300, "confidence": 0.95}


@pytest.mark.parametrize("age", [7, 45])
@pytest.mark.parametrize("name", ["", "Camille"])
def test_every_sentence_tells_its_patient_and_only_words_of_grammar_differ(age: int, name: str):
    sentences = patient.OF_A_CHILD if age < patient.CHILD else patient.SENTENCES
    for template in sentences:
        woman, man = (patient.sentence(template, sex=sex, age=age, name=name) for sex in ("female", "male"))
        assert not set("{}|") & {*woman, *man} and f"{age} ans" in woman and (name in woman)
        assert woman != man and len(woman.split()) == len(man.split())
        told = [read_patient(text) for text in (woman, man)]
        assert [each.age_class for each in told if each.age_class] in ([], ["2-17" if age == 7 else "18-64"] * 2)
        assert told[0].sex in ("female", "") and told[1].sex in ("male", "")


def test_a_year_of_age_is_singular_and_a_name_makes_a_pair_in_every_sentence():
    assert "1 an," in patient.sentence(patient.OF_A_CHILD[0], sex="male", age=1, name="")
    for template in (*patient.SENTENCES, *patient.OF_A_CHILD):
        names = [patient.sentence(template, sex="female", age=40, name=name) for name in ("Marie", "Fatima", "")]
        assert len(set(names)) == 3, template


def test_variants_of_a_text_differ_in_their_patient_alone_and_entities_stay():
    text = "Risque d'œdème aigu du poumon."
    words = word_offsets(text)
    examples = [Example(str(n), text, to_tags(words, [Span(9, 29, "DISO")]), words) for n in range(40)]
    data = TaskData("token_classification", ("O", "B-DISO", "I-DISO"), test={"test": examples})
    made = perturbed(data, augment={}, variants=VARIANTS, lexicon=NOTHING).test
    openings = set()
    for woman, man, named in zip(made["test+woman"], made["test+man"], made["test+fatima"], strict=True):
        assert woman.text.endswith(text) and man.text.endswith(text) and woman.text != man.text
        assert "Fatima" in named.text and named.text != woman.text
        (found,) = [woman.text[woman.words[a][0] : woman.words[b - 1][1]] for a, b, _ in from_tags(woman.gold)]
        assert found == "œdème aigu du poumon" and woman.gold[-len(words) :] == man.gold[-len(words) :]
        openings.add(woman.text)
    assert len(openings) == len(patient.SENTENCES)
    assert patient.edits(text, Random(0), NOTHING, rate=0.0) == []


def test_pairs_differ_in_one_thing():
    assert [(pair.axis, pair.first, pair.second) for pair in pairs_of(VARIANTS, ["test", "test+woman"])] == [
        ("sex", "woman", "man"),
        ("age", "woman", "old_woman"),
        ("name", "woman", "fatima"),
    ]


def part(name: str, ids: list[str], gold: list[Any], attributes: list[dict[str, str]], predicted: Any) -> Any:
    nothing = {"units": [""] * len(ids), "tokens": [[]] * len(ids)}
    return PredictedExamples(
        dataset=name, split="test", ids=ids, gold=gold, attributes=attributes, predicted=predicted, **nothing
    )


def answered(answers: dict[str, list[str]], *, told: int = 0) -> dict[str, PredictedExamples]:
    """Make predictions on a test set and two variants of it; the first `told` texts tell the sex themselves."""
    size = len(answers["test"])
    attributes = [{"sex (from the text)": "female"} if n < told else {} for n in range(size)]
    ids = [str(n) for n in range(size)]
    return {
        name: part(name, ids, ["x"] * size, attributes, {"1": given, "2": given}) for name, given in answers.items()
    }


def test_the_share_of_answers_that_change_leaves_out_texts_that_tell_it():
    pair = Pair("test", "sex", "woman", "man")
    changed = ["y" if n % 4 == 0 else "x" for n in range(100)]
    given = answered({"test": ["x"] * 100, "test+woman": ["x"] * 100, "test+man": changed}, told=20)
    found = changed_answers(given, pair, **DRAWN)
    assert (found.texts, found.left_out) == (80, 20) and found.share.value == pytest.approx(0.25)
    assert found.share.low < 0.25 < found.share.high
    steady = answered({name: ["x"] * 100 for name in ("test", "test+woman", "test+man")}, told=20)
    teacher = changed_answers(steady, pair, **DRAWN)
    assert teacher.share.value == 0
    more = difference(found, teacher, **DRAWN)
    assert more.value == pytest.approx(0.25) and more.low > 0.1 and more.p < 0.05
    assert difference(teacher, teacher, **DRAWN).p == 1


def test_tags_are_compared_on_the_words_of_the_text_alone():
    """M. is two words and Mme one: what a model says of them is no answer about the text."""
    pair = Pair("test", "sex", "woman", "man")
    size = 30
    tags = {"test": ("O", "B-X"), "test+woman": ("B-X", "O", "O", "B-X"), "test+man": ("O", "O", "O", "O", "B-X")}
    given = {
        name: part(name, [str(n) for n in range(size)], [answer] * size, [{}] * size, {"1": [answer] * size})
        for name, answer in tags.items()
    }
    assert changed_answers(given, pair, **DRAWN).share.value == 0
    given["test+man"].predicted["1"][0] = ("O", "O", "O", "O", "O")
    assert changed_answers(given, pair, **DRAWN).share.value == pytest.approx(1 / size)


def test_few_texts_are_not_judged_and_a_missing_variant_is_no_pair():
    pair = Pair("test", "sex", "woman", "man")
    few = answered({name: ["x"] * 10 for name in ("test", "test+woman", "test+man")})
    found = changed_answers(few, pair, **DRAWN)
    assert found.share is None and difference(found, found, **DRAWN) is None
    del few["test+man"]
    assert changed_answers(few, pair, **DRAWN) is None
