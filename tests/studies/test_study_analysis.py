"""The analysis finds what was put into simulated studies, and says why where it finds nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from alambic.studies.analysis import analyse
from alambic.studies.answers import Tables
from alambic.studies.models import changed_answers, mediation, mixed_effect
from alambic.studies.participants import (
    Discerning,
    FollowBlindly,
    FollowConfident,
    FollowExplanations,
    IgnoreAdvice,
)
from alambic.studies.population import Population, true_values
from alambic.studies.results import Options
from alambic.studies.simulated import Design, simulate
from alambic.studies.trials import make_trials

CONDITIONS = ("alone", "advice", "explanation:lime", "false_explanation")
DESIGN = Design(16, 24, CONDITIONS, wrong_share=1 / 3, expertise=("novice", "expert"))
QUICK = Options(resamples=200, only=("accuracy", "rair", "rsr", "over_reliance", "under_reliance", "time"))


def study(population, design=DESIGN, seed=0):
    return simulate(design, population, seed=seed)


def analysed(population, design=DESIGN, options=QUICK, seed=0):
    made = study(population, design, seed)
    return analyse(made.tables, made.items, options)


@pytest.mark.parametrize(("behaviour", "rair", "rsr"), [(IgnoreAdvice(), 0.0, 1.0), (FollowBlindly(), 1.0, 0.0)])
def test_who_ignores_or_follows_all_advice_is_seen_at_once(behaviour, rair, rsr):
    found = analysed(Population([behaviour]))
    for condition in CONDITIONS[1:]:
        assert found.row("rair", condition).estimate == rair
        assert found.row("rsr", condition).estimate == rsr
        assert [note.key for note in found.row("rsr", condition).notes] == ["no_variance"]
        assert found.row("rsr", condition).low is None


def test_who_follows_the_confident_takes_the_advice_from_the_threshold_on():
    made = study(Population([FollowConfident(0.8)]))
    for each in made.tables.answers:
        if each.kind == "main" and each.alone_answer not in ("", each.advice):
            assert (each.answer == each.advice) == (made.items[each.item].confidence >= 0.8)


def test_who_follows_explanations_falls_for_false_ones():
    found = analysed(Population([FollowExplanations(0.9, 0.2)]), options=Options(resamples=400))
    row = found.row("confirmation", "false_explanation", "advice")
    assert row.estimate > 0.2 and row.low > 0 and row.corrected_p < 0.05
    assert row.p <= row.corrected_p


def test_intervals_hold_the_truth_and_null_effects_are_none():
    """The whole proof, of 200 studies each, is benchmarks/study/coverage.py."""
    population = Population([Discerning({"": 0.6, "explanation:lime": 0.8}, {"": 0.4})])
    truths = {each: true_values(population, each, wrong_share=DESIGN.wrong_share) for each in CONDITIONS}
    studies, held, none = 25, [], []
    for seed in range(studies):
        found = analysed(population, seed=seed)
        for row in found.rows:
            truth = truths.get(row.condition, {}).get(row.measure)
            if row.contrast or truth is None or row.low is None:
                continue
            held.append(row.low <= truth <= row.high)
        null = found.row("over_reliance", "explanation:lime", "advice")
        none.append(null.p is None or null.p >= 0.05)
    assert np.mean(held) >= 0.92
    assert sum(none) >= binom.ppf(0.01, studies, 0.95)


def test_true_values_are_what_a_huge_study_finds():
    population = Population([Discerning({"": 0.6}, {"": 0.3})], noise=0.1, slower={"advice": 1.5})
    design = Design(150, 200, ("advice", "explanation:lime"), wrong_share=0.3)
    made = simulate(design, replace(population, item_spread=0.3), seed=1)
    trials = make_trials(made.tables, made.items)
    truth = true_values(replace(population, item_spread=0.3), "advice", wrong_share=0.3)
    of = trials.condition == "advice"
    assert trials.final_right[of].mean() == pytest.approx(truth["accuracy"], abs=0.03)
    assert trials.own_right[of].mean() == pytest.approx(truth["own_accuracy"], abs=0.03)
    assert np.exp(np.log(trials.seconds[of]).mean()) == pytest.approx(truth["time"], rel=0.08)
    wrong = of & trials.own_right & ~trials.advice_right
    assert trials.final_right[wrong].mean() == pytest.approx(truth["rsr"], abs=0.04)


def all_rows(tables, items):
    found = analyse(tables, items, Options(resamples=200))
    for row in found.rows:
        numbers = [row.estimate, row.low, row.high, row.p, row.corrected_p]
        assert all(each is None or math.isfinite(each) for each in numbers), row
        assert row.estimate is not None or row.notes, row
        if row.estimate is not None and row.low is None:
            assert row.notes, row
    return found


def degenerate():
    usual = study(Population([FollowExplanations()], delegates=0.2), replace(DESIGN, can_delegate=True))
    answers = usual.tables.answers
    right = {name: item.right for name, item in usual.items.items()}
    return {
        "usual": usual.tables,
        "one person": replace(usual.tables, answers=[each for each in answers if each.participant == "p001"]),
        "two people": replace(usual.tables, answers=[each for each in answers if each.participant < "p003"]),
        "one item": replace(usual.tables, answers=[each for each in answers if each.item == "i001"]),
        "no condition advice": replace(usual.tables, answers=[each for each in answers if each.condition != "advice"]),
        "alone only": replace(usual.tables, answers=[each for each in answers if each.condition == "alone"]),
        "one answer": Tables([answers[0]]),
        "everyone right": replace(
            usual.tables,
            answers=[
                replace(each, alone_answer=right[each.item], answer=right[each.item], delegated=False)
                for each in answers
            ],
        ),
        "no times": replace(usual.tables, answers=[replace(each, seconds=None) for each in answers]),
        "same time": replace(usual.tables, answers=[replace(each, seconds=5.0, alone_seconds=5.0) for each in answers]),
        "no questionnaire": Tables(answers),
        "texts in the questionnaire": replace(
            usual.tables, questionnaire=[replace(each, answer="bien") for each in usual.tables.questionnaire]
        ),
        "same replies": replace(
            usual.tables, questionnaire=[replace(each, answer="4") for each in usual.tables.questionnaire]
        ),
        "all out of time": replace(
            usual.tables,
            answers=[replace(each, answer="", seconds=None, timed_out=True, delegated=False) for each in answers],
        ),
        "all handed over": replace(
            usual.tables, answers=[replace(each, answer="", alone_answer="", delegated=True) for each in answers]
        ),
        "nobody": Tables([each for each in answers if each.kind == "attention"]),
    }, usual.items


TABLES, ITEMS = degenerate()


@pytest.mark.parametrize("name", TABLES)
def test_degenerate_studies_say_why(name):
    found = all_rows(TABLES[name], ITEMS)
    if name == "everyone right":
        assert found.row("accuracy", "advice").estimate == 1.0 and found.row("accuracy", "advice").low is None
    if name == "one person":
        assert [note.key for note in found.row("accuracy", "advice").notes] == ["one_person"]
    if name == "nobody":
        assert [note.key for row in found.rows for note in row.notes] == ["no_answers"]


def test_the_mixed_model_finds_the_effect_and_the_variances():
    generator = np.random.default_rng(0)
    made = study(Population([IgnoreAdvice()]), Design(40, 40, ("advice", "explanation:lime")), seed=3)
    trials = make_trials(made.tables, made.items)
    people, items = generator.normal(0, 0.5, 40), generator.normal(0, 0.3, 40)
    values = people[trials.person] + items[trials.item] + generator.normal(0, 1, len(trials))
    values = values + 0.4 * (trials.condition == "explanation:lime")
    found = mixed_effect(trials, values, "explanation:lime", "advice", confidence=0.95)
    assert found.low < 0.4 < found.high and found.low > 0.2 and found.p < 0.001
    assert found.of_people == pytest.approx(people.var(), rel=0.35)
    assert found.of_items == pytest.approx(items.var(), rel=0.35)
    assert found.of_rest == pytest.approx(1.0, rel=0.15)


@pytest.mark.parametrize(("carried", "beside"), [(0.8, 0.0), (0.0, 0.5)])
def test_mediation_tells_what_is_carried_from_what_is_beside(carried, beside):
    """Trust rises by 1 with the explanation; the outcome by `carried` for each point of trust, and by `beside`."""
    generator = np.random.default_rng(1)
    made = study(Population([IgnoreAdvice()]), Design(60, 20, ("advice", "explanation:lime")), seed=4)
    trials = make_trials(made.tables, made.items)
    drawn = {
        (each.participant, each.condition): (each.condition != "advice") + generator.normal(0, 1)
        for each in made.tables.questionnaire
    }
    stated = {place: round(3 + value) for place, value in drawn.items()}
    replies = [
        replace(each, answer=str(max(1, stated[each.participant, each.condition])))
        for each in made.tables.questionnaire
    ]
    trust = np.array(
        [max(1, stated[trials.people[n], c]) for n, c in zip(trials.person, trials.condition, strict=True)]
    )
    values = carried * trust + beside * (trials.condition != "advice") + generator.normal(0, 0.5, len(trials))
    found = mediation(trials, replies, "trust", values, "explanation:lime", "advice", confidence=0.95)
    assert found.indirect.low <= carried <= found.indirect.high and found.direct.low <= beside <= found.direct.high
    assert (found.indirect.low > 0) == (carried > 0) and (found.direct.low > 0) == (beside > 0)


def test_mcnemar_counts_what_changed():
    made = study(Population([FollowBlindly()]))
    trials = make_trials(made.tables, made.items)
    found = changed_answers(trials, "advice")
    of = trials.condition == "advice"
    assert found.gained == (of & ~trials.own_right & trials.advice_right).sum()
    assert found.lost == (of & trials.own_right & ~trials.advice_right).sum()
    assert found.p == pytest.approx(
        min(1, 2 * binom.cdf(min(found.gained, found.lost), found.gained + found.lost, 0.5))
    )


def test_anchoring_needs_both_orders_and_finds_them():
    first = study(Population([FollowBlindly()]), replace(DESIGN, advice_first=True))
    alone = study(Population([IgnoreAdvice()]))
    answers = [replace(each, participant=f"x{each.participant}") for each in first.tables.answers]
    items = alone.items
    both = Tables([each for each in (*answers, *alone.tables.answers) if each.item in items])
    row = analyse(both, items, Options(resamples=200)).row("anchoring", "advice_first", "alone_first")
    assert row.estimate is not None and row.people > 16
    (only,) = analyse(alone.tables, items, Options(resamples=200)).row("anchoring", "advice_first", "alone_first").notes
    assert only.key == "one_order"
