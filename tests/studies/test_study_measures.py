"""Each measure on trials that one can count by hand."""

import numpy as np
import pytest

from alambic.studies.answers import About, Answer, Tables
from alambic.studies.exclusions import decide_who_counts
from alambic.studies.items import Item
from alambic.studies.measures import in_condition, standard_measures, substitution
from alambic.studies.trials import make_trials


def item(name, right, advice, kind="main"):
    return Item(name, kind, "", "", "", ("A", "B", "C"), right, advice, 0.9, right == advice)


ITEMS = {
    each.item: each
    for each in (
        item("right1", "A", "A"),
        item("right2", "A", "A"),
        item("wrong1", "A", "B"),
        item("wrong2", "A", "B"),
        item("check1", "A", "", "attention"),
        item("check2", "A", "", "attention"),
    )
}


def answer(person, name, own, final, *, condition="advice", seconds=10.0, **more):
    kind = ITEMS[name].kind if name in ITEMS else "main"
    return Answer(
        "p",
        person,
        1,
        1,
        name,
        kind,
        condition,
        own,
        4.0 if own else None,
        None,
        "",
        answer=final,
        **{"seconds": seconds, **more},
    )


def measured(answers, condition="advice"):
    trials = make_trials(Tables(answers), ITEMS)
    chosen = in_condition(trials, condition)
    values = {
        each.name: float(each.combine(each.counts(trials, chosen).sum(axis=(0, 1)))) for each in standard_measures()
    }
    return trials, values


def test_reliance_by_hand():
    _, values = measured(
        [
            answer("p1", "right1", "B", "A"),  # corrected by right advice
            answer("p1", "right2", "C", "C"),  # stayed wrong
            answer("p1", "wrong1", "A", "A"),  # resisted wrong advice
            answer("p1", "wrong2", "A", "B"),  # gave in
            answer("p2", "right1", "A", "A"),
            answer("p2", "right2", "B", "A"),  # corrected
            answer("p2", "wrong1", "C", "B"),  # wrong before and after: in neither
            answer("p2", "wrong2", "A", "B"),  # gave in
        ]
    )
    assert values["rair"] == pytest.approx(2 / 3) and values["under_reliance"] == pytest.approx(1 / 3)
    assert values["rsr"] == pytest.approx(1 / 3) and values["over_reliance"] == pytest.approx(2 / 3)
    assert values["accuracy"] == 4 / 8 and values["own_accuracy"] == 4 / 8 and values["model_accuracy"] == 4 / 8
    assert values["agreement"] == 6 / 8 and values["agreement_with_wrong"] == 3 / 4
    assert values["complementarity"] == 0.0
    assert values["time"] == pytest.approx(14.0)


def test_what_was_handed_over_counts_as_the_models_answer():
    _, values = measured(
        [
            answer("p1", "right1", "", "", delegated=True),
            answer("p1", "right2", "", "", delegated=True),
            answer("p1", "wrong1", "", "", delegated=True),
            answer("p1", "wrong2", "A", "A"),
        ]
    )
    assert values["delegation"] == 3 / 4 and values["delegated_accuracy"] == pytest.approx(2 / 3)
    assert values["delegation_gain"] == pytest.approx(2 / 3) and values["accuracy"] == 3 / 4
    assert values["rsr"] == 1.0 and np.isnan(values["rair"])


def test_time_that_ran_out_is_not_right_and_has_no_time():
    _, values = measured(
        [answer("p1", "right1", "B", "", seconds=None, timed_out=True), answer("p1", "right2", "A", "A", seconds=2.0)]
    )
    assert values["accuracy"] == 0.5 and values["time"] == pytest.approx(6.0) and np.isnan(values["rair"])


@pytest.mark.parametrize(("threshold", "share"), [(1.0, 0.0), (3.0, 0.5), (30.0, 1.0)])
def test_substitution_hangs_on_its_threshold_and_leaves_confirmations_out(threshold, share):
    answers = [
        answer("p1", "right1", "B", "A", seconds=2.0),
        answer("p1", "right2", "A", "A", seconds=0.5),  # confirms what was answered before
        answer("p1", "wrong1", "", "B", seconds=20.0),  # advice came first
    ]
    trials = make_trials(Tables(answers), ITEMS)
    taken, of = substitution(threshold)(trials)
    assert of.sum() == 2 and taken.sum() / of.sum() == share
    assert trials.advice_first.tolist() == [False, False, True]


def test_alone_the_answer_is_ones_own_and_written_answers_match_but_for_capitals_and_blanks():
    trials, values = measured([answer("p1", "right1", "", " a ", condition="alone")], "alone")
    assert values["own_accuracy"] == values["accuracy"] == 1.0
    assert not trials.advised.any()


def test_answers_to_unknown_items_are_counted():
    trials = make_trials(Tables([answer("p1", "right1", "", "A"), answer("p1", "other", "", "A")]), ITEMS)
    assert (len(trials), trials.unknown) == (1, 1)


def test_people_are_left_out_by_rule_and_counted():
    answers = []
    for person, first, second in (("good", "A", "A"), ("half", "A", "B"), ("bad", "B", "B"), ("refuses", "A", "A")):
        answers += [answer(person, "right1", "", "A"), answer(person, "wrong1", "", "A")]
        answers += [answer(person, "check1", "", first, condition="alone")]
        answers += [answer(person, "check2", "", second, condition="alone")]
    answers.append(answer("lost", "check1", "", "A", condition="alone"))
    answers.remove(answer("half", "wrong1", "", "A"))
    people = decide_who_counts(Tables(answers, (), [About("p", "refuses", "", False)]), ITEMS)
    assert people.included == ["good", "half"]
    assert {each.participant: each.reason for each in people.excluded} == {
        "refuses": "no_consent",
        "bad": "attention",
        "lost": "no_answers",
    }
    assert people.unfinished == 1 and people.excluded_for("attention") == 1
    assert decide_who_counts(Tables(answers), ITEMS, fewest_passed=1.0).included == ["good", "refuses"]
