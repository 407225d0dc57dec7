"""Paired tests: tables of cases with known answers."""

import numpy as np
import pytest

from alambic.stages.report.comparison import LEVEL, compare, compare_all
from alambic.stages.report.scores import Score

MEASURE = ("chapter", "long", "test", "accuracy")


def score(model: str, value: float, *, signature: str = "accuracy|exact") -> Score:
    return Score(model, *MEASURE, signature, value, 0.0, 1.0, "all")


def resamples(digest: str = "a", **values: np.ndarray) -> dict:
    return {(model, *MEASURE): (drawn, digest) for model, drawn in values.items()}


def test_pairing_sees_what_separate_intervals_hide():
    shared = np.random.default_rng(0).normal(0.8, 0.05, 1000)  # both models move with the sample
    found = compare(score("a", 0.82), score("b", 0.80), resamples(a=shared + 0.02, b=shared), confidence=0.95)
    assert found.difference == pytest.approx(0.02)
    assert (found.low, found.high) == pytest.approx((0.02, 0.02))
    assert found.p is not None and found.p < 0.01


def test_different_examples_or_ways_of_scoring_are_refused():
    drawn = np.linspace(0.1, 0.9, 100)
    mixed = resamples(a=drawn) | resamples("other", b=drawn)
    assert "same examples" in compare(score("a", 0.5), score("b", 0.5), mixed, confidence=0.95).refused
    shorter = resamples(a=drawn, b=drawn[:50])
    assert "same examples" in compare(score("a", 0.5), score("b", 0.5), shorter, confidence=0.95).refused
    other = score("b", 0.5, signature="accuracy|lenient")
    found = compare(score("a", 0.5), other, resamples(a=drawn, b=drawn), confidence=0.95)
    assert "different ways" in found.refused and found.p is None
    assert found.sentence.startswith("Not compared")


def test_many_comparisons_raise_the_bar():
    drawn = {name: np.full(999, value) for name, value in (("a", 0.9), ("b", 0.5))}
    drawn["c"] = np.r_[np.full(979, 0.8), np.full(20, 1.0)]  # alone: p = 0.042
    scores = [score("a", 0.9), score("b", 0.5), score("c", 0.8)]
    alone = compare_all([("a", "c")], scores, resamples(**drawn), confidence=0.95)
    assert alone[0].corrected_p == pytest.approx(0.042) and alone[0].corrected_p < LEVEL
    together = compare_all([("a", "c"), ("a", "b"), ("c", "b")], scores, resamples(**drawn), confidence=0.95)
    assert [round(found.corrected_p or 0, 4) for found in together] == [0.042, 0.006, 0.006]
    ties = compare_all([("a", "c"), ("c", "a")], scores, resamples(**drawn), confidence=0.95)
    assert [found.corrected_p for found in ties] == [pytest.approx(0.084)] * 2
    assert "No difference" in ties[0].sentence


def test_too_few_resamples_are_not_taken_for_no_difference():
    """Of 99 the smallest p is 0.02: with three comparisons none is below 0.05, however large the difference."""
    for count, expected in ((99, "raise `evaluate.resamples`"), (999, "a is better than b")):
        drawn = {name: np.full(count, value) for name, value in (("a", 0.9), ("b", 0.5), ("c", 0.1))}
        scores = [score("a", 0.9), score("b", 0.5), score("c", 0.1)]
        found = compare_all([("a", "b"), ("b", "c"), ("a", "c")], scores, resamples(**drawn), confidence=0.95)
        assert expected in found[0].sentence
