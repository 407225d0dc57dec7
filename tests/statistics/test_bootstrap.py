"""The bootstrap draws what it says, and the same as it ever did."""

from hashlib import sha256

import numpy as np
import pytest
from sklearn.metrics import f1_score

from alambic.stages.evaluate.metrics import accuracy, macro_f1
from alambic.statistics.bootstrap import (
    digest_of,
    interval,
    number_units,
    over_seeds,
    resample,
    sum_by_unit,
)

RANDOM = np.random.default_rng(0)
LABELS = [str(n) for n in RANDOM.integers(0, 5, 200)]
GUESSES = [label if RANDOM.random() < 0.6 else "9" for label in LABELS]
IDS = [f"text{number}" for number in range(200)]


def test_without_units_the_draws_are_those_of_every_earlier_evaluation():
    """Finished evaluations are compared with new ones: their resamples must be the same, bit for bit."""
    score = macro_f1.score(LABELS, GUESSES)
    digest = digest_of(IDS)
    assert digest == digest_of(IDS, [""] * 200) == digest_of(IDS, IDS)
    assert digest == sha256("\n".join(IDS).encode()).hexdigest()
    drawn = resample([sum_by_unit(score.counts, IDS)] * 2, macro_f1.combine, resamples=7, digest=digest)
    generator = np.random.Generator(np.random.PCG64(int(digest[:16], 16)))
    weights = generator.multinomial(200, np.full(200, 1 / 200), size=7).astype(float)
    assert (drawn == macro_f1.combine(weights @ score.counts)).all()
    seeds = np.random.Generator(np.random.PCG64([int(digest[:16], 16), 2])).integers(2, size=(2, 7))
    apart = np.stack([drawn[0], drawn[0] + 1])
    assert (over_seeds(apart, digest=digest) == np.take_along_axis(apart, seeds, axis=0).mean(axis=0)).all()


def test_a_resample_equals_scoring_the_drawn_examples():
    score = macro_f1.score(LABELS, GUESSES)
    digest = digest_of(["a"])
    found = resample([score.counts], macro_f1.combine, resamples=3, digest=digest)[0]
    generator = np.random.Generator(np.random.PCG64(int(digest[:16], 16)))
    weights = generator.multinomial(200, np.full(200, 1 / 200), size=3)
    for value, weight in zip(found, weights, strict=True):
        gold, predicted = np.repeat(LABELS, weight), np.repeat(GUESSES, weight)
        assert value == pytest.approx(f1_score(gold, predicted, average="macro", zero_division=0), abs=1e-6)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([], []),
        (["", ""], [0, 1]),
        (["a", "", "a", "b", ""], [0, 1, 0, 2, 3]),
        (["b", "a", "b"], [0, 1, 0]),
    ],
)
def test_units_are_numbered_in_their_order(units, expected):
    assert number_units(units) == expected


def test_examples_of_a_unit_are_drawn_together():
    """Ten documents whose sentences are all right or all wrong: the interval is that of ten, not of 200."""
    units = [str(number // 20) for number in range(200)]
    right = np.repeat([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], 20).astype(float)
    counts = np.stack([right, np.ones(200)], axis=1)
    assert digest_of(IDS, units) != digest_of(IDS)
    whole = resample([sum_by_unit(counts, units)], accuracy.combine, resamples=2000, digest=digest_of(IDS, units))
    assert set(np.round(whole[0] * 10, 9)) <= set(range(11))
    assert whole.std() == pytest.approx(np.sqrt(0.7 * 0.3 / 10), rel=0.1)
    apart = resample([counts], accuracy.combine, resamples=2000, digest=digest_of(IDS))
    assert apart.std() == pytest.approx(np.sqrt(0.7 * 0.3 / 200), rel=0.1)


def test_models_share_the_draws_of_the_same_examples():
    right = np.stack([np.arange(100) < 40, np.ones(100)], axis=1)
    worse = right.copy()
    worse[:10, 0] = 0
    better, other = (
        over_seeds(resample([c], accuracy.combine, resamples=250, digest="a" * 64), digest="a" * 64)
        for c in (right, worse)
    )
    assert (better >= other).all() and (better > other).mean() > 0.99


def test_intervals_cover_the_truth_as_often_as_they_say():
    covered = 0
    for trial in range(300):
        sample = (np.random.default_rng(trial).random(150) < 0.7).astype(float)
        counts = np.stack([sample, np.ones(150)], axis=1)
        drawn = resample([counts], accuracy.combine, resamples=300, digest=digest_of([str(trial)]))[0]
        low, high = interval(drawn, confidence=0.9)
        covered += low <= 0.7 <= high
    assert 0.84 <= covered / 300 <= 0.95
