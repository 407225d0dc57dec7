"""The difference of two systems: its variance, its bounds, against worked cases and other libraries."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, ttest_ind, ttest_rel
from statsmodels.stats.proportion import proportion_confint

from alambic.stages.evaluate.metrics import accuracy, entity_f1
from alambic.statistics.difference import System, _freedom, difference, influences


def system(*seeds: np.ndarray, fixed: bool = False) -> System:
    return System.of_seeds([np.stack([right, np.ones_like(right)], axis=1) for right in seeds], fixed=fixed)


def answers(seed: int, number: int, quality: float) -> np.ndarray:
    return (np.random.default_rng(seed).random(number) < quality).astype(float)


def discordant(better: int, worse: int, number: int) -> tuple[System, System]:
    ours = np.r_[np.ones(better), np.zeros(worse), np.ones(number - better - worse)]
    theirs = np.r_[np.zeros(better), np.ones(worse), np.ones(number - better - worse)]
    return system(ours), system(theirs)


def tango(better: int, worse: int, number: int, confidence: float) -> float:
    """Give the lower score bound of a difference of paired proportions (Tango 1998)."""

    def distance(delta: float) -> float:
        a, c = 2 * number, -worse * delta * (1 - delta)
        b = -better - worse + (2 * number - better + worse) * delta
        lost = (np.sqrt(max(0.0, b**2 - 4 * a * c)) - b) / (2 * a)  # most likely share of losses at that difference
        spread = number * (2 * lost + delta * (1 - delta))
        return float((better - worse - number * delta) / np.sqrt(spread)) - float(norm.ppf(confidence))

    return float(brentq(distance, -0.9, (better - worse) / number - 1e-9))


def test_of_a_mean_the_influence_is_the_deviation():
    right = answers(0, 50, 0.7)
    counts = np.stack([right, np.ones(50)], axis=1)
    assert influences(counts, accuracy.combine) == pytest.approx(right - right.mean())


def test_influences_of_f1_are_those_of_leaving_each_document_out():
    counts = np.random.default_rng(0).integers(1, 6, (30, 3)).astype(float)
    left_out = [float(entity_f1.combine(np.delete(counts, row, axis=0).sum(axis=0))) for row in range(30)]
    assert influences(counts, entity_f1.combine) == pytest.approx(29 * (np.mean(left_out) - np.array(left_out)))


def test_with_many_answers_the_bound_is_that_of_the_paired_t_test():
    ours, theirs = answers(1, 2000, 0.8), answers(2, 2000, 0.7)
    found = difference(system(ours, fixed=True), system(theirs, fixed=True), accuracy.combine)
    peer = ttest_rel(ours, theirs, alternative="greater").confidence_interval(0.95)
    assert found.value == pytest.approx(ours.mean() - theirs.mean())
    assert found.lower(0.95) == pytest.approx(peer.low, abs=1e-5)
    assert found.upper(0.95) == pytest.approx(
        ttest_rel(ours, theirs, alternative="less").confidence_interval(0.95).high, abs=1e-5
    )


@pytest.mark.parametrize("number", [50, 150, 500])
def test_where_all_answers_agree_a_loss_is_not_excluded_below_what_few_answers_can_show(number):
    """The spread seen is 0; the bound is nearly Wilson's for no loss in so many answers, and not 0."""
    same = answers(0, number, 0.8)
    lower = difference(system(same), system(same), accuracy.combine).lower(0.95)
    wilson = proportion_confint(0, number, alpha=0.1, method="wilson")[1]
    assert lower == pytest.approx(-wilson, rel=0.05) and lower < 0


@pytest.mark.parametrize(
    ("better", "worse", "number"), [(0, 1, 44), (1, 1, 60), (2, 4, 150), (10, 12, 150), (30, 40, 500)]
)
def test_the_bound_of_accuracies_is_close_to_tango_s_and_not_above(better, worse, number):
    lower = difference(*discordant(better, worse, number), accuracy.combine).lower(0.95)
    assert tango(better, worse, number, 0.95) - 0.01 <= lower <= tango(better, worse, number, 0.95) + 0.002


def test_seeds_count_as_many_as_they_are():
    """Degrees of freedom are Welch's where seeds alone vary, and the units' where these do."""
    ours, theirs = np.array([0.8, 0.83, 0.78]), np.array([0.84, 0.85, 0.83, 0.86, 0.84])
    parts = [(float(each.var(ddof=1) / len(each)), len(each)) for each in (ours, theirs)]
    assert _freedom(0.0, 1000, parts) == pytest.approx(ttest_ind(ours, theirs, equal_var=False).df)
    assert _freedom(0.001, 1000, []) == pytest.approx(999)


def test_few_seeds_that_differ_widen_the_bound():
    generator = np.random.default_rng(0)
    teacher = answers(1, 400, 0.8)
    seeds = [(generator.random(400) < quality).astype(float) for quality in (0.70, 0.80, 0.90)]
    alike = [(generator.random(400) < 0.8).astype(float) for _ in range(3)]
    far = difference(system(*seeds), system(teacher, fixed=True), accuracy.combine)
    near = difference(system(*alike), system(teacher, fixed=True), accuracy.combine)
    assert far.of_seeds[0][0] == pytest.approx(np.var([s.mean() for s in seeds], ddof=1) / 3)
    assert far.value - far.lower(0.95) > 3 * (near.value - near.lower(0.95))
    fixed = difference(system(*seeds, fixed=True), system(teacher, fixed=True), accuracy.combine)
    assert fixed.of_seeds == () and fixed.lower(0.95) > far.lower(0.95)


def test_trainings_are_what_varies_where_a_student_was_distilled_several_times():
    seeds = [np.stack([answers(number, 200, 0.8), np.ones(200)], axis=1) for number in range(4)]
    teacher = system(answers(9, 200, 0.8), fixed=True)
    found = difference(System([seeds[:2], seeds[2:]]), teacher, accuracy.combine)
    means = [np.mean([c[:, 0].mean() for c in pair]) for pair in (seeds[:2], seeds[2:])]
    assert found.of_seeds == ((pytest.approx(np.var(means, ddof=1) / 2), 2),)
    assert found.value == pytest.approx(np.mean(means) - answers(9, 200, 0.8).mean())


def test_documents_of_many_entities_need_no_allowance_for_few_differences():
    """That a loss comes by whole documents is assumed only where differences are too few to be looked at."""
    generator = np.random.default_rng(0)
    gold = generator.poisson(30, 40).astype(float) + 1
    ours, theirs = (np.stack([generator.binomial(gold.astype(int), q), gold, gold], axis=1) for q in (0.85, 0.85))
    found = difference(System.of_seeds([ours]), System.of_seeds([theirs]), entity_f1.combine)
    assert found.atom == 0
    assert found.lower(0.95) == pytest.approx(found.value - found.quantile(0.95) * found.standard_error)


def test_one_unit_has_no_variance():
    with pytest.raises(ValueError, match="1 test unit"):
        difference(system(np.ones(1)), system(np.ones(1)), accuracy.combine)


def test_upper_mirrors_lower():
    gaining, losing = (difference(*discordant(*each, 150), accuracy.combine) for each in ((4, 2), (2, 4)))
    assert gaining.upper(0.95) == pytest.approx(-losing.lower(0.95))
    assert gaining.upper(0.95) > gaining.value + gaining.quantile(0.95) * gaining.standard_error
