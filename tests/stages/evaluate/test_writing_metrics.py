"""Scores of written texts, with and without a reference, on faults that one counts by hand."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from written import CODES, NAMES, summaries, wordings

from alambic.errors import UserError
from alambic.stages.evaluate.metrics import code_recovered, empty_share, numbers_invented, rouge_1, rouge_2, rouge_l
from alambic.stages.evaluate.metrics._copied import copied_runs
from alambic.stages.evaluate.metrics._sources import Sources
from alambic.stages.evaluate.metrics.numbers_invented import numbers_in
from alambic.tasks.examples import Example


def metric(name):
    return import_module(f"alambic.stages.evaluate.metrics.{name}")


def test_rouge_is_the_librarys_where_there_are_no_accents():
    gold = ["the cat sat on the mat", "a dog", "no common word"]
    given = ["the cat lay on a mat today", "a dog", "zebra"]
    for module, kind in ((rouge_1, "rouge1"), (rouge_2, "rouge2"), (rouge_l, "rougeL")):
        expected = [RougeScorer([kind]).score(*pair)[kind].fmeasure for pair in zip(gold, given, strict=True)]
        assert module.score(gold, given).counts[:, 0].tolist() == expected


def test_rouge_takes_words_with_accents_whole_and_stems_none():
    """Where the library's own words would be "d", "c", "s", "vit": 0.89, and its English stemmer takes an s off."""
    assert rouge_1.score(["décès évité"], ["décès évités"]).value == 0.5
    assert rouge_1.score(["décès"], ["de\u0301ce\u0300s"]).value == 1, "one letter, or a letter and its mark"
    assert rouge_1.score(["les fractures"], ["les fracture"]).value == 0.5
    assert rouge_l.score(["rien"], [""]).value == rouge_l.score([], []).value == 0


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        # pneumonia, amoxicillin, fever are kept, the diabetes of type 2 is not; embolism and drug are kept; nothing
        ("entities_kept", [(3, 4), (2, 2), (0, 2)]),
        ("entities_invented", [(0, 4), (1, 3), (0, 0)]),
        ("drugs_invented", [(0, 1), (1, 1), (0, 1)]),
        ("numbers_invented", [(1, 2), (1, 1), (0, 0)]),
        ("negations_contradicted", [(1, 3), (0, 2), (0, 0)]),
        ("copied_share", [(9, 13), (0, 9), (0, 0)]),
        ("longest_copied_share", [(5 / 13, 1), (2 / 9, 1), (0, 0)]),
    ],
)
def test_what_is_kept_invented_contradicted_and_copied(name, counts):
    score = metric(name).score(*summaries())
    assert score.counts.tolist() == [pytest.approx(row) for row in counts]
    assert score.value == pytest.approx(np.divide(*np.sum(counts, axis=0)))


def test_an_empty_text_invents_nothing_and_is_counted():
    gold, _, sources = summaries()
    for name in ("entities_invented", "drugs_invented", "numbers_invented", "copied_share", "longest_copied_share"):
        assert metric(name).score(gold, [""] * 3, sources).value == 0
    assert empty_share.score(gold, ["", " .\n", "toux"]).value == pytest.approx(2 / 3)


def test_a_copy_invents_nothing_and_contradicts_nothing():
    gold, _, sources = summaries()
    whole = [example.text for example in sources.examples]
    kept = ("entities_kept", "copied_share", "longest_copied_share")
    none = ("entities_invented", "drugs_invented", "numbers_invented", "negations_contradicted")
    values = {name: metric(name).score(gold, whole, sources).value for name in (*kept, *none)}
    assert values == dict.fromkeys(kept, 1.0) | dict.fromkeys(none, 0.0)


def test_a_more_precise_name_is_invented_and_a_part_of_a_name_is_not():
    def invented(read, written):
        return (
            metric("entities_invented")
            .score([""], [written], Sources([Example("1", read, "")], [], label_texts=NAMES))
            .counts.tolist()
        )

    assert invented("Un diabète.", "Un diabète de type 2.") == [[1, 1]]
    assert invented("Un diabète de type 2.", "Un diabète.") == [[0, 1]]
    assert invented("Sous Coumadine.", "Sous warfarine.") == [[0, 1]]
    assert invented("Une toux.", "Coumadine, soit warfarine.") == [[1, 1]], "one drug under two names"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12 500 UI puis 0,50 g deux fois", {"12500", "0.5", "2"}),
        ("1\u202f500\u00a0000 unités, 10mg, 3.0", {"1500000", "10", "3"}),
        ("vitamine B12, un T4, une fois", set()),
        ("de 6-8 jours, 38°5, 120/80", {"6", "8", "38", "5", "120", "80"}),
        ("quatre-vingt-dix, dix-sept, Seize", {"90", "17", "16"}),
        ("vingt et un, trente-deux, soixante et onze, cent un, deux mille", {"21", "32", "71", "101", "2000"}),
        ("quatre-vingts, deux cents, cent vingt-cinq", {"80", "200", "125"}),
        ("le dix-huitième, vingtaine, une", set()),
        ("en 2019 300 mg, -2", {"2019", "300", "2"}),
    ],
)
def test_numbers_have_one_form(text, numbers):
    assert numbers_in(text) == numbers


def test_a_drug_that_is_denied_under_another_name_is_contradicted():
    _, _, sources = summaries()
    example = replace(sources.examples[0], text="Pas de Coumadine.")
    score = metric("negations_contradicted").score([""], ["Sous warfarine."], replace(sources, examples=[example]))
    assert score.counts.tolist() == [[1, 1]]


@pytest.mark.parametrize(
    ("read", "written", "counts"),
    [
        ("chambre 12 300 mg", "300 mg, chambre 12", [0, 2]),
        ("300 mg, chambre 12", "chambre 12 300 mg", [0, 1]),
        ("12300 UI", "12 300 UI", [0, 1]),
        ("12 UI", "12 300 UI", [1, 1]),
    ],
)
def test_grouped_figures_are_one_number_or_several(read, written, counts):
    score = numbers_invented.score([""], [written], Sources([Example("1", read, "")], []))
    assert score.counts.tolist() == [counts]


@pytest.mark.parametrize(
    ("read", "written", "runs"),
    [
        ("a b c d", "a b c x d", [3, 1]),
        ("a b a b c", "a b c", [3]),
        ("", "a", []),
        ("a", "", []),
        ("a a", "a a a", [2, 1]),
    ],
)
def test_copied_runs_are_as_long_as_can_be(read, written, runs):
    assert copied_runs(read.split(), written.split()) == runs


def test_codes_are_looked_up_among_full_labels():
    gold, given, sources = wordings()
    assert code_recovered.score(gold, given, sources).counts[:, 0].tolist() == [1, 1, 0]
    assert code_recovered.score(gold, gold, sources).value == 1, "what was to be written has its code"
    assert code_recovered.score(gold, ["", " ", "?"], sources).value == 0
    unsigned = [text.replace(",", "").lower() for text in gold]
    assert code_recovered.score(gold, unsigned, sources).value == 1, "signs do not count"
    wrong = [gold[1], gold[2], gold[0]]
    assert code_recovered.score(gold, wrong, sources).value == 0


def test_codes_of_one_label_are_as_good_as_each_other():
    """ICD-10-FR has sixteen labels that two codes share: neither can be told from what is written."""
    texts = {**CODES, "J18.8": CODES["J18.9"]}
    examples = [Example(code, "x", "", attributes={"code": code}) for code in ("J18.8", "J18.9")]
    assert (
        code_recovered.score(
            ["", ""], ["pneumopathie, sans precision"] * 2, Sources(examples, [], label_texts=texts)
        ).value
        == 1
    )


def test_a_metric_without_what_it_compares_with_says_what_to_give():
    gold, given, sources = summaries()
    with pytest.raises(UserError, match="give the task `drugs` and `diseases`"):
        metric("entities_kept").score(gold, given, replace(sources, label_texts={}))
    with pytest.raises(UserError, match=r"'J18.9' is no list of names.*`drugs` and `diseases`"):
        metric("drugs_invented").score(gold, given, replace(sources, label_texts=CODES))
    with pytest.raises(UserError, match=r"3 of 3 texts have no code.*normalised_wordings"):
        code_recovered.score(gold, given, replace(sources, label_texts=CODES))
