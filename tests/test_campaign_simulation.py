"""The simulation that picks the checkpoint interval agrees with what can be computed by hand."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).parents[1] / "benchmarks" / "training" / "campaign.py"
SPEC = importlib.util.spec_from_file_location("campaign", PROGRAM)
assert SPEC is not None and SPEC.loader is not None
campaign = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(campaign)

NO_WALL = {"wall": math.inf, "start": 0.0}


def test_without_failures_only_stalls_and_starts_are_lost():
    policy = campaign.Policy(interval=600, stall=6, lag=0, before_the_wall=True)
    share = campaign.lost(policy, failures=0, days=20, wall=72000, start=120, chance=np.random.default_rng(0))
    assert share == pytest.approx((120 + (72000 - 120) / 606 * 6) / 72000, rel=0.02)


def test_who_saves_at_epochs_only_loses_the_last_part_of_each_job():
    policy = campaign.Policy(interval=6 * 3600, stall=0, lag=0, before_the_wall=False)
    share = campaign.lost(policy, failures=0, days=10, wall=20 * 3600, start=0, chance=np.random.default_rng(0))
    assert share == pytest.approx(2 / 20)


def test_the_best_interval_is_young_s():
    """Lost share for intervals around sqrt(2 x stall x time between failures): the middle one is the least."""
    stall, between = 20.0, 100_000.0
    best = math.sqrt(2 * stall * between)
    found = []
    for interval in (best / 4, best, best * 4):
        policy = campaign.Policy(interval, stall, 0.0, False)
        chance = np.random.default_rng(1)
        runs = [campaign.lost(policy, failures=1 / between, days=300, chance=chance, **NO_WALL) for _ in range(40)]
        found.append(float(np.mean(runs)))
    assert found[1] < found[0] and found[1] < found[2]
    assert found[1] == pytest.approx(math.sqrt(2 * stall / between), rel=0.15)
