"""Paired tests: tables of cases with known answers."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from evaluated_models import Evaluated

from alambic.stages.report.comparison import LEVEL, compare, compare_all
from alambic.stages.report.scores import Score
from alambic.stages.report.sections import comparisons as comparisons_section

MEASURE = ("chapter", "long", "test", "accuracy")


def score(model: str, value: float, *, signature: str = "accuracy|exact", **by: str) -> Score:
    return Score(model, *MEASURE, signature, value, 0.0, 1.0, "all", **by)


def resamples(digest: str = "a", **values: np.ndarray) -> dict:
    return {(model, *MEASURE): (drawn, digest) for model, drawn in values.items()}


def test_pairing_sees_what_separate_intervals_hide():
    shared = np.random.default_rng(0).normal(0.8, 0.05, 1000)  # both models move with the sample
    found = compare(score("a", 0.82), score("b", 0.80), resamples(a=shared + 0.02, b=shared), confidence=0.95)
    assert found.difference == pytest.approx(0.02)
    assert (found.low, found.high) == pytest.approx((0.02, 0.02))
    assert found.p is not None and found.p < 0.01


def test_different_examples_or_ways_of_scoring_are_refused():
    drawn = np.linspace(0.1, 0.9, 100)
    mixed = resamples(a=drawn) | resamples("other", b=drawn)
    assert "same examples" in compare(score("a", 0.5), score("b", 0.5), mixed, confidence=0.95).refused
    shorter = resamples(a=drawn, b=drawn[:50])
    assert "same examples" in compare(score("a", 0.5), score("b", 0.5), shorter, confidence=0.95).refused
    other = score("b", 0.5, signature="accuracy|lenient")
    found = compare(score("a", 0.5), other, resamples(a=drawn, b=drawn), confidence=0.95)
    assert "different ways" in found.refused and found.p is None
    assert found.sentence.startswith("Not compared")


def test_answers_of_different_heads_are_compared_where_they_were_scored_alike():
    drawn = np.linspace(0.1, 0.9, 100)
    rules = {"tagger": "tokens=likeliest_tag|spans=whole", "writer": "entities=greedy", "changed": "entities=beams"}

    def by(model, head, conversion="flat=longest"):
        signature = f"entity_f1|{conversion}|{rules[head]}|interval=bootstrap:20:0.95"
        return score(model, 0.5, signature=signature, head=head.replace("changed", "writer"), decoding=rules[head])

    def refused(first, second):
        return compare(first, second, resamples(a=drawn, b=drawn), confidence=0.95).refused

    assert not refused(by("a", "tagger"), by("b", "writer"))
    assert "different ways" in refused(by("a", "tagger"), by("b", "writer", "flat=shortest"))
    assert "different ways" in refused(by("a", "writer"), by("b", "changed"))  # one head, whose rules were changed
    earlier = replace(by("a", "tagger"), head="", decoding="")  # before answers said which head gave them
    assert not refused(earlier, by("b", "tagger")) and "different ways" in refused(earlier, by("b", "writer"))


def test_many_comparisons_raise_the_bar():
    drawn = {name: np.full(999, value) for name, value in (("a", 0.9), ("b", 0.5))}
    drawn["c"] = np.r_[np.full(979, 0.8), np.full(20, 1.0)]  # alone: p = 0.042
    scores = [score("a", 0.9), score("b", 0.5), score("c", 0.8)]
    alone = compare_all([("a", "c")], scores, resamples(**drawn), confidence=0.95)
    assert alone[0].corrected_p == pytest.approx(0.042) and alone[0].corrected_p < LEVEL
    together = compare_all([("a", "c"), ("a", "b"), ("c", "b")], scores, resamples(**drawn), confidence=0.95)
    assert [round(found.corrected_p or 0, 4) for found in together] == [0.042, 0.006, 0.006]
    ties = compare_all([("a", "c"), ("c", "a")], scores, resamples(**drawn), confidence=0.95)
    assert [found.corrected_p for found in ties] == [pytest.approx(0.084)] * 2
    assert "No difference" in ties[0].sentence


def test_too_few_resamples_are_not_taken_for_no_difference():
    """Of 99 the smallest p is 0.02: with three comparisons none is below 0.05, however large the difference."""
    for count, expected in ((99, "raise `evaluate.resamples`"), (999, "a is better than b")):
        drawn = {name: np.full(count, value) for name, value in (("a", 0.9), ("b", 0.5), ("c", 0.1))}
        scores = [score("a", 0.9), score("b", 0.5), score("c", 0.1)]
        found = compare_all([("a", "b"), ("b", "c"), ("a", "c")], scores, resamples(**drawn), confidence=0.95)
        assert expected in found[0].sentence


def right(wrong: range, texts: int = 600) -> dict[str, np.ndarray]:
    """Say which texts are answered rightly by a system without seeds: all but some."""
    answers = np.ones((1, texts), dtype=bool)
    answers[:, wrong.start : wrong.stop] = False
    return {"long": answers}


@pytest.fixture
def evaluated(tmp_path) -> Evaluated:
    made = Evaluated(tmp_path)
    for name, wrong in (("best", range(0)), ("five", range(5)), ("six", range(6)), ("many", range(60))):
        made.add_answers(name, right(wrong))
    return made


def test_the_verdict_is_that_of_the_exact_test_and_the_interval_that_of_the_bootstrap(evaluated):
    """Five losses and no gain: no resample has the sign turned, and yet McNemar's p is 0.0625."""
    (found,) = evaluated.compare(("five", "best"))
    assert (found.test, found.p, found.p) == ("mcnemar", pytest.approx(0.0625), found.mcnemar_p)
    assert found.bootstrap_p is not None and found.bootstrap_p < 0.05 and found.high is not None and found.high < 0
    assert found.outcome == "few" and "differ on 5 of 600 test units: too few" in found.sentence
    assert found.interval_disagrees and found.sentence.endswith("leaves out 0: the test decides.")
    (shown,) = evaluated.compare(("six", "best"))
    assert shown.outcome == "worse" and shown.p == pytest.approx(0.03125) and not shown.interval_disagrees


def test_holm_and_benjamini_hochberg_correct_the_exact_p(evaluated):
    found = evaluated.compare(("six", "best"), ("many", "best"))
    assert [each.corrected_p for each in found] == [pytest.approx(0.03125), pytest.approx(2 * found[1].p)]
    three = evaluated.compare(("six", "best"), ("five", "best"), ("many", "best"))
    assert three[0].corrected_p == pytest.approx(2 * 0.03125) and three[0].outcome == "few"
    assert three[0].fdr_p == pytest.approx(0.03125 * 3 / 2)


def test_models_that_agree_on_everything_are_not_said_to_differ_by_less_than_nothing(evaluated):
    evaluated.add_answers("twin", right(range(0)))
    (found,) = evaluated.compare(("twin", "best"))
    assert (found.difference, found.p, found.outcome, found.differing_units) == (0, 1, "few", 0)
    assert found.rule_of_three == pytest.approx(3 / 600, rel=0.01) and found.units_needed is None
    assert found.detectable is not None and found.detectable > 2 * found.rule_of_three
    alone = found.detectable
    together = evaluated.compare(("twin", "best"), *[("many", "six")] * 19)
    assert together[0].detectable is not None and together[0].detectable > 1.3 * alone


def test_more_comparisons_make_more_permutations_so_that_one_may_be_shown_at_all(tmp_path):
    """Of 500 resamples the smallest p would be 0.002, and of 40 comparisons none would be below 0.05."""
    made = Evaluated(tmp_path)
    made.add("good", 0.9)
    made.add("bad", 0.4)
    found = made.compare(*[("good", "bad")] * 40)
    assert found[0].test in ("randomization", "t") and found[0].outcome == "better"


def test_the_page_does_not_contradict_itself(evaluated):
    """What the matrix, the sentences and the file say of an interval without 0 and a test that shows nothing."""
    report = SimpleNamespace(comparisons=evaluated.compare(("five", "best"), ("many", "best")))
    context = comparisons_section.section(report)
    assert context is not None and context["disagrees"]
    first, second = (row.cells[1] for row in context["matrix"].rows)
    assert (first.mark, first.best, second.mark, second.best) == ("?*", False, "▼", True)
    sentences = [each.plain() for each in context["sentences"]]
    assert sentences[0].startswith("five and best differ on too few test units of chapter, long, accuracy *")
    assert sentences[1] == "many is worse than best on chapter, long, accuracy."
    assert "McNemar" in first.note.plain("fr") and "0,0" in first.note.plain("fr") and "0.0" in first.note.plain()


def test_where_units_have_no_counts_the_verdict_is_said_to_be_the_bootstrap_s(evaluated):
    alone = compare_all([("many", "best")], evaluated.scores, evaluated.resamples, confidence=0.95)
    assert (alone[0].test, alone[0].p) == ("bootstrap", alone[0].bootstrap_p)
    context = comparisons_section.section(SimpleNamespace(comparisons=alone))
    assert context is not None and context["by_bootstrap"]
