"""How many units and seeds a test needs, against statsmodels' power of a t-test, and by drawing them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, binomtest
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from alambic.stages.evaluate.metrics import accuracy
from alambic.statistics.difference import Difference, System, difference
from alambic.statistics.noninferiority import judge
from alambic.statistics.sample_size import Needed, detectable, needed, rule_of_three


def answers(better: int, worse: int, number: int) -> Difference:
    """Give the difference of two systems of which one alone is right so often, in `number` answers."""
    ours = np.r_[np.ones(better), np.zeros(worse), np.ones(number - better - worse)]
    theirs = np.r_[np.zeros(better), np.ones(worse), np.ones(number - better - worse)]
    systems = (System.of_seeds([np.stack([right, np.ones(number)], axis=1)]) for right in (ours, theirs))
    return difference(*systems, accuracy.combine, limit=1.0)


def test_the_detectable_effect_is_2_8_standard_errors():
    found = Difference(0.0, 400, 0.01**2)
    assert detectable(found) == pytest.approx(0.01 * (1.959964 + 0.841621), abs=1e-6)
    assert detectable(found, level=0.1, power=0.9) == pytest.approx(0.01 * (1.644854 + 1.281552), abs=1e-6)
    many = detectable(found, level=0.05 / 20)
    assert many == pytest.approx(0.01 * (3.023341 + 0.841621), abs=1e-6)


@pytest.mark.parametrize(("number", "comparisons"), [(60, 1), (300, 1), (300, 20), (1000, 5)])
def test_where_all_answers_agree_the_detectable_effect_is_what_mcnemar_can_show(number, comparisons):
    """Not 0: with so many answers that differ, all one way, its exact test is below the level four times in five."""
    level = 0.05 / comparisons
    effect = detectable(answers(0, 0, number), level=level)
    fewest = next(d for d in range(1, 99) if binomtest(d, d).pvalue <= level)
    assert effect is not None and binom.sf(fewest - 1, number, effect) == pytest.approx(0.8, abs=0.01)


def test_where_not_even_the_largest_difference_would_be_shown_nothing_is_detectable():
    assert detectable(answers(0, 0, 10), level=0.05 / 100) is None


@pytest.mark.parametrize("units", [10, 50, 300])
def test_the_rule_of_three_is_clopper_pearson_s_bound_for_none_in_so_many(units):
    assert rule_of_three(units) == pytest.approx(proportion_confint(0, units, alpha=0.1, method="beta")[1])
    assert units < 50 or rule_of_three(units) == pytest.approx(3 / units, rel=0.05)


@pytest.mark.parametrize("deviation", [0.3, 0.6])
def test_units_are_as_many_as_a_t_test_needs(deviation):
    found = Difference(-0.01, 100, deviation**2 / 100)
    peer = TTestPower().solve_power(effect_size=0.04 / deviation, alpha=0.05, power=0.8, alternative="larger")
    assert needed(found, margin=0.05, confidence=0.95).units == pytest.approx(peer, rel=0.02)


def test_where_seeds_are_what_varies_more_units_decide_nothing():
    found = Difference(-0.01, 1000, 1e-6, ((0.0004, 3),))
    more = needed(found, margin=0.04, confidence=0.95)
    assert more.units is None and more.seeds is not None and 7 <= more.seeds <= 12


def test_where_neither_alone_decides_both_together_may():
    found = Difference(-0.01, 100, 0.0004, ((0.0004, 3),))
    more = needed(found, margin=0.035, confidence=0.95)
    assert more.units is None and more.seeds is None and more.times is not None
    enough = found.scaled(units=more.times, seeds=more.times)
    assert (enough.quantile(0.95) + enough.quantile(0.8)) * enough.standard_error <= 0.025


def test_beyond_the_margin_nothing_would_show_it():
    assert needed(Difference(-0.06, 100, 0.0001), margin=0.05, confidence=0.95) == Needed()


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (1, 0), (2, 2)])
def test_of_too_few_answers_that_differ_it_is_not_told_how_many_would_decide(better, worse):
    """Of 50 answers on which two agree a loss of 5 % is not excluded; 50 more were said not to be needed."""
    claim = judge(answers(better, worse, 50), margin=0.05, confidence=0.95)
    assert claim.outcome == "not shown" and claim.needed == Needed(unknown=True) and claim.differing == better + worse


@pytest.mark.parametrize(("better", "worse", "number", "margin"), [(3, 6, 80, 0.06), (4, 8, 150, 0.05)])
def test_with_few_that_differ_so_many_pass_the_gate_four_times_in_five(better, worse, number, margin):
    found = answers(better, worse, number)
    claim = judge(found, margin=margin, confidence=0.95)
    assert not claim.shown and claim.needed.units is not None and claim.needed.units > number
    generator = np.random.default_rng(0)
    shares = [better / number, worse / number, 1 - (better + worse) / number]
    drawn = generator.multinomial(claim.needed.units, shares, size=400)
    passed = [judge(answers(a, b, claim.needed.units), margin=margin, confidence=0.95).shown for a, b, _ in drawn]
    assert 0.72 <= np.mean(passed) <= 0.93  # 0.8; below 30 that differ the gate is more cautious than beyond


def test_no_bound_of_a_difference_of_shares_is_beyond_1():
    """Two documents, all right against all wrong."""
    right, wrong = (System.of_seeds([np.stack([np.full(2, r), np.ones(2)], axis=1)] * 2) for r in (1.0, 0.0))
    found = difference(right, wrong, accuracy.combine, limit=1.0)
    assert (found.value, found.upper(0.95)) == (1.0, 1.0)
    assert found.lower(0.95) >= -1 and found.turned().lower(0.95) == -1
    free = replace(found, limit=np.inf)
    assert free.upper(0.95) > 1
