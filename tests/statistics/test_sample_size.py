"""How many units and seeds a test needs, against statsmodels' power of a t-test."""

import pytest
from statsmodels.stats.power import TTestPower

from alambic.statistics.difference import Difference
from alambic.statistics.sample_size import Needed, detectable, needed


def test_the_detectable_effect_is_2_8_standard_errors():
    assert detectable(0.01) == pytest.approx(0.01 * (1.959964 + 0.841621), abs=1e-6)
    assert detectable(0.01, level=0.1, power=0.9) == pytest.approx(0.01 * (1.644854 + 1.281552), abs=1e-6)


@pytest.mark.parametrize("deviation", [0.3, 0.6])
def test_units_are_as_many_as_a_t_test_needs(deviation):
    found = Difference(-0.01, 100, deviation**2 / 100)
    peer = TTestPower().solve_power(effect_size=0.04 / deviation, alpha=0.05, power=0.8, alternative="larger")
    assert needed(found, distance=0.04, confidence=0.95).units == pytest.approx(peer, rel=0.02)


def test_where_seeds_are_what_varies_more_units_decide_nothing():
    found = Difference(-0.01, 1000, 1e-6, ((0.0004, 3),))
    more = needed(found, distance=0.03, confidence=0.95)
    assert more.units is None and more.seeds is not None and 7 <= more.seeds <= 12


def test_where_neither_alone_decides_both_together_may():
    found = Difference(-0.01, 100, 0.0004, ((0.0004, 3),))
    more = needed(found, distance=0.025, confidence=0.95)
    assert more.units is None and more.seeds is None and more.times is not None
    enough = found.scaled(units=more.times, seeds=more.times)
    assert (enough.quantile(0.95) + enough.quantile(0.8)) * enough.standard_error <= 0.025


def test_beyond_the_margin_nothing_would_show_it():
    assert needed(Difference(-0.06, 100, 0.0001), distance=-0.01, confidence=0.95) == Needed()
