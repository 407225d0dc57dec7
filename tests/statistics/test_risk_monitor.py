"""The alarm rings where a promise no longer stands, and hardly ever where it does."""

import itertools

import numpy as np
import pytest

from alambic.statistics.risk_monitor import first_alarm, wealth

MOST, LEVEL = 0.02, 0.05


def alarms(risk: float, *, streams: int, length: int) -> list[int | None]:
    generator = np.random.default_rng(1)
    return [first_alarm(wealth(generator.random(length) < risk, most=MOST), level=LEVEL) for _ in range(streams)]


def test_wealth_is_a_martingale_at_the_promised_risk_and_falls_below_it():
    """Over every stream of six units, weighted by its probability."""
    for risk, expected in ((0.2, 1.0), (0.1, None)):
        means = []
        for length in range(1, 7):
            streams = np.array(list(itertools.product([False, True], repeat=length)))
            weights = np.prod(np.where(streams, risk, 1 - risk), axis=1)
            means.append(sum(w * wealth(s, most=0.2)[-1] for w, s in zip(weights, streams, strict=True)))
        if expected is None:
            assert means == sorted(means, reverse=True) and means[-1] < 0.9
        else:
            assert means == pytest.approx([expected] * 6)


def test_a_false_alarm_is_rare_however_long_one_looks():
    raised = [alarm for alarm in alarms(MOST, streams=600, length=3000) if alarm is not None]
    assert 0 < len(raised) / 600 <= LEVEL + 2 * (LEVEL * (1 - LEVEL) / 600) ** 0.5


def test_twice_the_risk_is_noticed():
    raised = alarms(2 * MOST, streams=200, length=4000)
    assert all(alarm is not None for alarm in raised)
    assert np.median([alarm for alarm in raised if alarm is not None]) < 1200


def test_an_alarm_stays_at_its_first_place_and_long_streams_do_not_overflow():
    wrong = np.ones(3000, dtype=bool)
    of_units = wealth(wrong, most=MOST)
    assert np.isfinite(of_units).all() and first_alarm(of_units, level=LEVEL) is not None
    assert first_alarm(np.array([1, 21, 0.1]), level=LEVEL) == 1
    assert first_alarm(np.array([1, 19.9]), level=LEVEL) is None
