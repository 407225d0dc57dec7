"""The limits that a file keeps give the very sets that were calibrated."""

import numpy as np
import pytest

from alambic.stages.calibrate.shown_sets import OTHERS, Shown, set_limits, shown_sets

CODES = [f"I{number}" for number in range(10, 30)]


def examples(count: int, *, seed: int, groups: tuple[str, ...]) -> list[Shown]:
    draws = np.random.default_rng(seed)
    made = []
    for number in range(count):
        chances = draws.dirichlet(np.full(8, 0.3))
        codes = [str(code) for code in draws.choice(CODES, 8, replace=False)]
        right = codes[int(draws.choice(8, p=chances))] if draws.random() < 0.95 else "Z99"
        made.append(Shown(dict(zip(codes, chances.tolist(), strict=True)), (right,), groups[number % len(groups)]))
    return made


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.97])
def test_a_limit_gives_the_sets_of_its_group(confidence: float) -> None:
    calibration = examples(600, seed=1, groups=("IX", "X", "IX", ""))
    calibration += examples(20, seed=2, groups=("rare",))
    test = examples(200, seed=3, groups=("IX", "X", "rare", ""))
    limits = set_limits(calibration, confidence=confidence)
    assert set(limits) == {"IX", "X", OTHERS}
    for row in shown_sets(calibration, test, confidence=confidence):
        limit = limits.get(row["group"], limits[OTHERS])
        of_group = [example for example in test if example.group == row["group"]]
        sizes = [sum(1 - chance <= limit for chance in example.candidates.values()) for example in of_group]
        assert row["mean_size"] == pytest.approx(np.mean(sizes))
        assert row["open"] == float(limit >= 1)


def test_too_few_examples_have_no_limit() -> None:
    assert set_limits(examples(10, seed=1, groups=("IX",)), confidence=0.9) == {}
