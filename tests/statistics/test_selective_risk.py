"""Curves of risk against coverage, and the areas under them."""

import numpy as np
import pytest

from alambic.statistics.resampled_guarantee import resample_guarantee
from alambic.statistics.selective_risk import aurc, excess_aurc, risk_coverage

CONFIDENCE = np.array([0.9, 0.8, 0.7, 0.6])
RIGHT = np.array([True, False, True, True])


def test_a_curve_by_hand():
    curve = risk_coverage(CONFIDENCE, RIGHT)
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk.tolist() == [0, 1 / 2, 1 / 3, 1 / 4]
    assert aurc(CONFIDENCE, RIGHT) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    # The best order has its one error last: risks 0, 0, 0, 1/4.
    assert excess_aurc(CONFIDENCE, RIGHT) == pytest.approx(aurc(CONFIDENCE, RIGHT) - 1 / 16)


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.9, (0.25, 0)), (0.75, (0.5, 0.5)), (0.95, (0, 0)), (None, (0, 0))]
)
def test_a_threshold_takes_what_is_at_or_above_it(threshold, expected):
    assert risk_coverage(CONFIDENCE, RIGHT).at(threshold) == expected


@pytest.mark.parametrize(("risk", "coverage"), [(0.0, 0.25), (0.25, 1.0), (0.24, 0.25), (0.4, 1.0)])
def test_the_oracle_takes_the_largest_share_that_keeps_to_the_risk(risk, coverage):
    assert risk_coverage(CONFIDENCE, RIGHT).largest_coverage(risk) == coverage


def test_units_of_the_same_confidence_are_taken_together_in_whatever_order_they_come():
    confidence, right = np.array([0.5, 0.5, 0.5, 0.9]), np.array([True, False, True, True])
    assert risk_coverage(confidence, right).taken.tolist() == [1, 4]
    orders = [aurc(confidence[order], right[order]) for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2])]
    assert orders == pytest.approx([orders[0]] * 3)
    # As over many random orders of the three.
    generator, values = np.random.default_rng(0), []
    for _ in range(4000):
        values.append(aurc(confidence + 1e-6 * generator.random(4), right))
    assert orders[0] == pytest.approx(np.mean(values), abs=0.005)


def test_no_order_is_better_than_a_perfect_one_and_all_right_is_no_area():
    assert excess_aurc(np.array([3.0, 2, 1]), np.array([True, True, False])) == 0
    assert aurc(np.array([3.0, 2, 1]), np.ones(3, dtype=bool)) == 0


def test_resamples_look_thresholds_up_in_all_units():
    confidence = np.linspace(0, 1, 1000)
    right = np.arange(1000) % 10 > 0  # every tenth is wrong, at whatever confidence
    drawn = resample_guarantee(
        confidence, right, lambda c, r: None if c.max() > 0.9995 else 0.5, most=0.1, units=50, resamples=200
    )
    assert set(drawn.coverage) == {0.0, 0.5} and 0 < drawn.nothing < 0.2
    assert drawn.risk[drawn.coverage > 0].tolist() == pytest.approx([0.1] * int((drawn.coverage > 0).sum()))
    assert drawn.exceeded == 0 and drawn.oracle == 1.0


def test_a_threshold_that_is_too_low_is_counted_as_exceeding():
    confidence, right = np.array([1.0, 0.0]), np.array([True, False])
    drawn = resample_guarantee(confidence, right, lambda c, r: 0.0, most=0.4, units=2, resamples=10)
    assert drawn.exceeded == 1 and drawn.mean_risk == 0.5 and drawn.oracle == 0.5
