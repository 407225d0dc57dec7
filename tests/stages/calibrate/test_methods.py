"""The methods keep what they promise on certificates whose risk is known; the control without a promise does not."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.methods import fixed_sequence, mapie, plain
from alambic.statistics.resampled_guarantee import Resampled, resample_guarantee
from alambic.statistics.risk_monitor import first_alarm, wealth
from alambic.statistics.selective_risk import risk_coverage

PROGRAM = Path(__file__).parents[3] / "benchmarks" / "support" / "simulated_certificates.py"
spec = importlib.util.spec_from_file_location("simulated_certificates", PROGRAM)
simulated_certificates = importlib.util.module_from_spec(spec)
sys.modules["simulated_certificates"] = simulated_certificates
spec.loader.exec_module(simulated_certificates)

MOST, DELTA, DRAWS = 0.02, 0.05, 400
Population = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def population() -> Population:
    """Give the confidence of simulated certificates, fitted on others, and whether each is right."""
    generator = np.random.default_rng(0)
    apart, certificates = (simulated_certificates.draw_certificates(n, generator) for n in (4000, 60_000))
    return Confidence.fit(apart.signals, apart.right).of(certificates.signals), certificates.right


def drawn(population: Population, method: Callable[..., float | None], *, units: int, draws: int = DRAWS) -> Resampled:
    return resample_guarantee(
        *population, lambda c, r: method(c, r, MOST, DELTA), most=MOST, units=units, resamples=draws
    )


@pytest.mark.parametrize(("method", "draws"), [(fixed_sequence.choose, 400), (mapie.choose, 150)])
def test_the_risk_is_exceeded_no_more_often_than_promised(population, method, draws):
    found = drawn(population, method, units=4000, draws=draws)
    assert found.exceeded <= DELTA + 2 * (DELTA * (1 - DELTA) / draws) ** 0.5
    assert 0.3 < found.mean_coverage < found.oracle


def test_a_threshold_without_a_guarantee_exceeds_it_about_every_other_time(population):
    assert 0.35 < drawn(population, plain.choose, units=4000).exceeded < 0.65


def test_more_calibration_certificates_come_nearer_to_the_oracle_and_the_exact_tail_covers_more_than_mapie(population):
    few, many = (drawn(population, fixed_sequence.choose, units=units, draws=100) for units in (2000, 16_000))
    theirs = drawn(population, mapie.choose, units=2000, draws=100)
    assert few.mean_coverage < many.mean_coverage < many.oracle
    assert theirs.mean_coverage < few.mean_coverage


def test_both_implementations_agree_on_one_calibration_set(population):
    confidence, right = (values[:20_000] for values in population)
    curve = risk_coverage(confidence, right)
    ours, theirs = (curve.at(method.choose(confidence, right, MOST, DELTA)) for method in (fixed_sequence, mapie))
    assert 0 <= ours[0] - theirs[0] < 0.04


def test_what_is_chosen_is_the_last_of_a_run_of_rejections():
    """The test at each threshold is the exact binomial one, and none is passed over."""
    confidence = np.linspace(1, 0, 2000)
    right = np.ones(2000, dtype=bool)
    right[900:] = False
    threshold = fixed_sequence.choose(confidence, right, MOST, DELTA, steps=2000)
    taken = int((confidence >= threshold).sum())
    wrong = taken - 900
    assert binom.cdf(wrong, taken, MOST) <= DELTA < binom.cdf(wrong + 1, taken + 1, MOST)


@pytest.mark.parametrize("method", [fixed_sequence.choose, mapie.choose])
def test_too_few_units_guarantee_nothing_and_enough_right_ones_everything(method):
    generator = np.random.default_rng(2)
    few, many = generator.random(299), generator.random(2000)
    assert method(few, np.ones(299, dtype=bool), MOST, DELTA) is None
    assert method(many, np.ones(2000, dtype=bool), MOST, DELTA) == many.min()
    assert method(many, np.zeros(2000, dtype=bool), MOST, DELTA) is None


def test_a_few_sure_errors_at_the_top_do_not_end_the_sequence():
    """Of 300 units, where a strict sequence begins, four errors are too many; of 4,000 they are few."""
    confidence = np.linspace(1, 0.9, 6000)
    right = np.ones(6000, dtype=bool)
    right[[3, 50, 120, 200]] = False
    right[5000:] = False
    assert binom.cdf(4, 300, MOST) > DELTA
    threshold = fixed_sequence.choose(confidence, right, MOST, DELTA)
    assert threshold is not None and (confidence >= threshold).sum() > 4500
    assert mapie.choose(confidence, right, MOST, DELTA) is None


def test_scores_that_are_no_probabilities_leave_the_strict_sequence():
    """All of them promise no error, so that the strongest evidence seems to be in taking everything."""
    confidence = np.linspace(1, 0.9999, 6000)
    right = np.arange(6000) < 1500
    threshold = fixed_sequence.choose(confidence, right, MOST, DELTA)
    assert threshold is not None and 1200 < (confidence >= threshold).sum() < 1540


def test_what_ties_with_a_threshold_is_taken_with_it():
    confidence = np.repeat([0.9, 0.5], 1000)
    right = np.ones(2000, dtype=bool)
    right[1000:1500] = False
    assert fixed_sequence.choose(confidence, right, MOST, DELTA) == 0.9
    assert plain.choose(confidence, right, MOST, DELTA) == 0.9


def test_mapies_monitor_rings_later_than_ours_on_a_doubled_risk():
    wrong = np.random.default_rng(4).random(1500) < 2.5 * MOST
    ours = first_alarm(wealth(wrong, most=MOST), level=DELTA)
    bounds = mapie.lower_bounds(wrong, most=MOST, level=DELTA)
    theirs = np.flatnonzero(bounds > MOST)
    assert ours is not None and bounds.shape == (1500,)
    assert not len(theirs) or ours <= theirs[0]
