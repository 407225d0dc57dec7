"""What a person is shown holds the right labels of what each risk and guarantee leaves, not of the middle one alone."""

import numpy as np
import pytest
from simulated_answers import settings

from alambic.stages.calibrate.answered import AnsweredExamples
from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.gathered import Gathered
from alambic.stages.calibrate.left_to_persons import left, sets_for_persons
from alambic.stages.calibrate.units import Groups, Units

CONFIDENCE = Confidence(("sure",), np.zeros(1), np.ones(1), np.array([1.0, 0.0]), 0.0)
# With the loosest risk the hardest units alone are left. Each of the groups is left to persons from a place of its own.
CUTS = {0.01: 1.0, 0.02: 0.8, 0.1: 0.4}
OWN = {"disease": 0.3, "external": None}


def threshold(sure: float | None) -> float | None:
    return None if sure is None else float(1 / (1 + np.exp(-sure)))


RISKS = [
    {
        "alpha": alpha,
        "threshold": threshold(cut),
        "groups": [{"group": group, "own_threshold": threshold(own)} for group, own in OWN.items()],
    }
    for alpha, cut in CUTS.items()
]


def units(count: int, *, seed: int) -> tuple[Units, AnsweredExamples]:
    """Make units of one example: the surer the model, the more probable it finds the right label."""
    draws = np.random.default_rng(seed)
    sure = draws.random(count)
    chances = 1 / (1 + np.exp(4 * (0.5 - sure) + draws.normal(0, 0.5, count)))
    names = [f"{seed}/{number}" for number in range(count)]
    groups = np.array(["external" if number % 4 == 0 else "disease" for number in range(count)], dtype=object)
    right = draws.random(count) < sure
    part = AnsweredExamples(
        dataset="made",
        split="test",
        ids=names,
        units=names,
        gold=[("R",)] * count,
        attributes=[{}] * count,
        answers=[("R",)] * count,
        candidates=[{"R": chance, "W": 1 - chance} for chance in chances.tolist()],
    )
    return Units(np.array(names, dtype=object), {"sure": sure}, right, groups, np.array([""] * count)), part


@pytest.fixture(scope="module")
def gathered() -> Gathered:
    parts = {name: units(4000, seed=seed) for seed, name in enumerate(("fit", "calibration", "test"))}
    examples = [(part, part.units) for _, part in parts.values()]
    return Gathered(*(of for of, _ in parts.values()), {}, examples, Groups("chapter"))


def covered(gathered: Gathered, limits: dict[str, float], chosen: np.ndarray) -> tuple[float, float]:
    """Give the share of right labels within the limits, and its standard error where 90 % are."""
    chances = np.array([top["R"] for top in gathered.examples[2][0].candidates])
    limit = np.array([limits.get(group, limits[""]) for group in gathered.test.groups])
    return float((1 - chances <= limit)[chosen].mean()), float((0.09 / chosen.sum()) ** 0.5)


@pytest.mark.parametrize("guarantee", ["all", "group"])
@pytest.mark.parametrize("risk", RISKS, ids=[f"{risk['alpha']:g}" for risk in RISKS])
def test_sets_hold_the_right_labels_of_what_is_left(gathered: Gathered, risk: dict, guarantee: str) -> None:
    made = sets_for_persons(settings(set_confidence=0.9), gathered, CONFIDENCE, RISKS)
    chosen = left(gathered.test, CONFIDENCE, risk, guarantee)
    share, error = covered(gathered, made["set_limits"][f"{risk['alpha']:g}"][guarantee], chosen)
    assert 0.9 - 4 * error < share < 0.95, "as many as were asked for, and not many more"


def test_sets_of_another_risk_would_hold_them_less_often(gathered: Gathered) -> None:
    made = sets_for_persons(settings(), gathered, CONFIDENCE, RISKS)
    chosen = left(gathered.test, CONFIDENCE, RISKS[2], "all")
    assert covered(gathered, made["set_limits"]["0.02"]["all"], chosen)[0] < 0.85
    assert (
        covered(gathered, made["set_limits"]["0.02"]["all"], left(gathered.test, CONFIDENCE, RISKS[1], "group"))[0]
        < 0.88
    )


def test_what_is_left_is_below_the_threshold_or_of_a_group_without_one(gathered: Gathered) -> None:
    sure, groups = gathered.test.signals["sure"], gathered.test.groups
    assert (left(gathered.test, CONFIDENCE, RISKS[1], "all") == (sure < 0.8)).all()
    assert (left(gathered.test, CONFIDENCE, RISKS[1], "group") == ((groups == "external") | (sure < 0.3))).all()
    nothing = {"threshold": None, "groups": []}
    assert left(gathered.test, CONFIDENCE, nothing, "all").all()
    assert left(gathered.test, CONFIDENCE, nothing, "group").all()


def test_without_groups_there_is_one_guarantee(gathered: Gathered) -> None:
    made = sets_for_persons(settings(groups=""), gathered, CONFIDENCE, RISKS)
    assert all(list(of_risk) == ["all"] for of_risk in made["set_limits"].values())
