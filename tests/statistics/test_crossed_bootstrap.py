"""The bootstrap over people and items: as wide as estimates really spread, and silent where nothing can be said."""

import numpy as np
import pytest

from alambic.statistics.crossed_bootstrap import draw_crossed, estimate_crossed

SHARE = (0.0, 1.0)


def mean(sums):
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan))


def table(values):
    return np.stack([values, np.ones_like(values)], axis=2)


def estimate(counts, *, bounds=(-np.inf, np.inf), resamples=2000, strata=None):
    people, items, _ = counts.shape
    drawn = draw_crossed(people, strata or ["all"] * items, resamples=resamples, digest="study")
    return estimate_crossed(counts, mean, drawn, confidence=0.95, bounds=bounds)


@pytest.mark.parametrize(("of_people", "of_items", "of_answers"), [(1, 0.5, 1), (0, 0, 1), (0.2, 1, 0.5)])
def test_the_interval_is_as_wide_as_the_estimate_spreads_over_studies(of_people, of_items, of_answers):
    generator = np.random.default_rng(0)
    people, items, held, widths = 20, 30, [], []
    spread = np.sqrt(of_people**2 / people + of_items**2 / items + of_answers**2 / (people * items))
    for _ in range(60):
        values = generator.normal(0, of_people, (people, 1)) + generator.normal(0, of_items, (1, items))
        found = estimate(table(values + generator.normal(0, of_answers, (people, items))), resamples=600)
        held.append(found.low <= 0 <= found.high)
        widths.append((found.high - found.low) / 2 / 2.09)  # Student's t with 19 degrees of freedom
    assert np.mean(held) >= 0.86  # 95 % within what 60 studies may show by chance
    assert np.mean(widths) == pytest.approx(spread, rel=0.25)


def test_the_noise_of_answers_is_not_counted_three_times():
    """Drawn as they are, resamples of both spread as if the noise were 1.7 times as large."""
    values = np.random.default_rng(1).normal(0, 1, (30, 30))
    found = estimate(table(values))
    assert (found.high - found.low) / 2 / 2.05 < 1.3 * values.std() / 30


def test_the_same_study_gives_the_same_interval():
    counts = table(np.random.default_rng(2).random((8, 9)))
    assert estimate(counts) == estimate(counts)


def test_strata_keep_their_shares():
    drawn = draw_crossed(5, ["right"] * 6 + ["wrong"] * 2, resamples=50, digest="x")
    assert (drawn.items[:, :6].sum(axis=1) == 6).all() and (drawn.items[:, 6:].sum(axis=1) == 2).all()
    assert (drawn.people.sum(axis=1) == 5).all() and len(np.unique(drawn.people, axis=0)) > 10


def test_a_single_case_more_is_no_difference():
    counts = np.zeros((12, 12, 4))
    counts[:, :, 1] = counts[:, :, 3] = 1
    counts[0, 0, 0] = counts[5, 5, 0] = 1

    def less(sums):
        return mean(sums[..., :2]) - mean(sums[..., 2:])

    drawn = draw_crossed(12, ["all"] * 12, resamples=1000, digest="x")
    found = estimate_crossed(counts, less, drawn, confidence=0.95, bounds=(-1, 1), symmetric=True)
    assert found.low < 0 < found.high and found.p > 0.1


def test_bounds_hold():
    values = (np.random.default_rng(3).random((6, 6)) < 0.9).astype(float)
    found = estimate(table(values), bounds=SHARE)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("counts", "why", "value"),
    [
        (np.zeros((4, 4, 2)), "no_answers", None),
        (np.ones((4, 4, 2)), "no_variance", 1.0),
        (table(np.eye(4)[:1]), "one_person", 0.25),
        (table(np.eye(4)[:, :1]), "one_item", 0.25),
    ],
)
def test_what_cannot_be_said_has_a_reason_and_no_interval(counts, why, value):
    found = estimate(counts)
    assert (found.why, found.value, found.low, found.high, found.p) == (why, value, None, None, None)


def test_a_value_that_most_resamples_lack_has_no_interval():
    counts = np.zeros((10, 10, 2))
    counts[0, 0], counts[1, 1] = (1, 1), (0, 1)
    assert estimate(counts).why == "undefined_resamples"
