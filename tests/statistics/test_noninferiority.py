"""Whether a claim is shown, and how often it is shown in error."""

import importlib.util
import sys
from pathlib import Path

import pytest
from scipy.stats import t

from alambic.statistics.difference import Difference
from alambic.statistics.noninferiority import judge

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "statistics" / "gate_error_rate.py"
spec = importlib.util.spec_from_file_location("gate_error_rate", PROGRAM)
gate_error_rate = importlib.util.module_from_spec(spec)
sys.modules["gate_error_rate"] = gate_error_rate
spec.loader.exec_module(gate_error_rate)
Case, rates = gate_error_rate.Case, gate_error_rate.rates


@pytest.mark.parametrize(
    ("value", "margin", "outcome"),
    [
        (0.01, 0.02, "shown"),
        (-0.005, 0.02, "not shown"),  # the bound is -0.0215
        (-0.003, 0.02, "shown"),
        (-0.05, 0.02, "refuted"),
        (0.02, 0.0, "shown"),
        (0.01, 0.0, "not shown"),
        (-0.02, 0.0, "refuted"),
    ],
)
def test_a_claim_is_shown_refuted_or_neither(value, margin, outcome):
    claim = judge(Difference(value, 400, 0.01**2, atom=0.01), margin=margin, confidence=0.95)
    assert claim.outcome == outcome
    assert claim.lower == pytest.approx(value - t.ppf(0.95, 399) * 0.01)
    assert claim.shortfall == pytest.approx(max(0, -margin - claim.lower))


def test_what_is_not_shown_says_what_would_decide():
    claim = judge(Difference(-0.005, 400, 0.01**2, atom=0.01), margin=0.02, confidence=0.95)
    assert claim.needed.units == pytest.approx(400 * (1.645 + 0.842) ** 2 * 0.01**2 / 0.015**2, rel=0.01)
    assert judge(Difference(0.01, 400, 0.01**2), margin=0.02, confidence=0.95).needed.units is None


# Of 600 trials a share of 5 % has a standard deviation of 0.9 %; four of them are passed once in thirty thousand runs.
TRIALS = 600
MOST = 0.05 + 4 * (0.05 * 0.95 / TRIALS) ** 0.5


@pytest.mark.parametrize(
    "case",
    [
        Case("accuracy", 50, 1, 1, of_seeds=0.0, seeds_are_fixed=True),
        Case("accuracy", 150, 1, 3),
        Case("entity_f1", 150, 5, 3),
    ],
    ids=["few answers", "seeds", "documents"],
)
def test_students_at_the_margin_are_promoted_at_most_as_often_as_allowed(case):
    found = rates(case, trials=TRIALS, resamples=0)
    assert found.promoted <= MOST and found.superior <= MOST
    assert found.covered >= 1 - MOST


def test_the_simulation_sees_a_gate_that_lets_too_many_through():
    """Ten documents of fifteen sentences, taken for 150 sentences: the test above can fail."""
    case = Case("accuracy", 150, 15, 1, of_seeds=0.0, seeds_are_fixed=True)
    assert rates(case, trials=200, resamples=0).promoted <= 0.05 + 4 * (0.05 * 0.95 / 200) ** 0.5
    apart = _Apart("accuracy", 150, 15, 1, of_seeds=0.0, seeds_are_fixed=True)
    assert rates(apart, trials=200, resamples=0).promoted > 0.05 + 4 * (0.05 * 0.95 / 200) ** 0.5


class _Apart(Case):
    """Documents drawn as such, and tested as if each sentence were its own."""

    def by_unit(self, counts):
        return counts
