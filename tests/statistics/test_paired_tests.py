"""Paired tests give what exact enumeration and other libraries give."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import permutation_test
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels

from alambic.stages.evaluate.metrics import accuracy, entity_f1
from alambic.statistics.difference import System, difference
from alambic.statistics.paired_tests import (
    approximate_randomization,
    are_right_or_wrong,
    mcnemar,
    paired_test,
    two_sided_p,
)

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "statistics" / "gate_error_rate.py"
spec = importlib.util.spec_from_file_location("gate_error_rate", PROGRAM)
gate_error_rate = importlib.util.module_from_spec(spec)
sys.modules["gate_error_rate"] = gate_error_rate
spec.loader.exec_module(gate_error_rate)


def answers(better: int, worse: int, same: int = 20) -> tuple[System, System]:
    """Make two systems of which one alone is right so often."""
    ours = np.r_[np.ones(better), np.zeros(worse), np.ones(same)]
    theirs = np.r_[np.zeros(better), np.ones(worse), np.ones(same)]
    return tuple(System.of_seeds([np.stack([right, np.ones_like(right)], axis=1)]) for right in (ours, theirs))


def entities(seed: int, units: int, quality: float) -> np.ndarray:
    generator = np.random.default_rng(seed)
    gold = generator.poisson(3, units)
    right = generator.binomial(gold, quality)
    return np.stack([right, gold, right + generator.poisson(0.5, units)], axis=1).astype(float)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        (np.full(999, 0.1), 2 / 1000),
        (np.full(999, -0.1), 2 / 1000),
        (np.zeros(999), 1.0),
        (np.r_[np.full(974, 0.1), np.full(25, -0.1)], 2 * 26 / 1000),
    ],
)
def test_p_is_how_often_the_sign_turns(differences, expected):
    assert two_sided_p(differences) == pytest.approx(expected)


def test_p_values_of_equal_models_are_uniform():
    generator = np.random.default_rng(1)
    below = 0
    for _ in range(400):
        right = generator.random((2, 200)) < 0.7
        weights = generator.multinomial(200, np.full(200, 1 / 200), size=300)
        below += two_sided_p(weights @ (right[0].astype(float) - right[1])) < 0.05
    assert 8 <= below <= 36  # 20 expected, standard deviation 4.4


@pytest.mark.parametrize("seed", range(3))
def test_randomisation_agrees_with_every_exchange_counted(seed):
    """Scipy tries all 2^12 exchanges of twelve documents, on the same F1 of summed counts."""
    ours, theirs = entities(seed, 12, 0.8), entities(seed + 10, 12, 0.6)
    theirs[:, 1] = ours[:, 1]

    def statistic(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
        counts = ours + theirs  # of both, in an exchange: what the first has not, the second has
        chosen = np.where(np.asarray(first)[..., None] == 0, ours, theirs).sum(axis=-2)
        return entity_f1.combine(chosen) - entity_f1.combine(counts.sum(axis=0) - chosen)

    exact = permutation_test(
        (np.zeros(12), np.ones(12)), statistic, permutation_type="samples", vectorized=True, n_resamples=np.inf
    )
    p = approximate_randomization(
        System.of_seeds([ours]), System.of_seeds([theirs]), entity_f1.combine, permutations=20_000, digest="a"
    )
    assert p == pytest.approx(exact.pvalue)
    drawn = approximate_randomization(
        System.of_seeds([ours]), System.of_seeds([theirs]), entity_f1.combine, permutations=4000, digest="a"
    )
    assert drawn == pytest.approx(exact.pvalue, abs=4 * np.sqrt(0.25 / 4000))


def test_randomisation_exchanges_all_seeds_of_a_unit_at_once():
    """Three seeds that answer alike are one seed, three times: they are no further evidence."""
    ours, theirs = answers(9, 3)
    alone = approximate_randomization(ours, theirs, accuracy.combine, permutations=2000, digest="a")
    thrice = [System.of_seeds([system.trainings[0][0]] * 3) for system in (ours, theirs)]
    assert approximate_randomization(*thrice, accuracy.combine, permutations=2000, digest="a") == alone
    unequal = approximate_randomization(thrice[0], theirs, accuracy.combine, permutations=2000, digest="a")
    assert unequal == alone
    assert approximate_randomization(ours, ours, accuracy.combine, permutations=99, digest="a") == 1.0


def test_randomisation_agrees_with_sacrebleu():
    """Its paired test by chrF of the same sentences, from the same statistics of each sentence."""
    sacrebleu_significance = pytest.importorskip("sacrebleu.significance")
    from sacrebleu.metrics import CHRF

    generator = np.random.default_rng(3)
    words = "fièvre toux décès insuffisance rénale aiguë sepsis pneumopathie choc".split()  # noqa: SIM905
    references = [" ".join(generator.choice(words, 6)) for _ in range(60)]
    first = [text if generator.random() < 0.6 else text.replace("e", "a") for text in references]
    second = [text if generator.random() < 0.35 else text.replace("e", "a") for text in references]
    metric = CHRF(references=[references])
    _, found = sacrebleu_significance.PairedTest(
        [("first", first), ("second", second)],
        {"chrF": metric},
        references=[references],
        test_type="ar",
        n_samples=10_000,
    )()
    (name,) = (key for key in found if key.startswith("chrF"))
    theirs = found[name][1].p_value
    ours, others = (
        System.of_seeds([np.array(metric._extract_corpus_statistics(texts, None), dtype=float)])
        for texts in (first, second)
    )

    def combine(totals: np.ndarray) -> np.ndarray:
        rows = totals.reshape(-1, totals.shape[-1])
        scores = [metric._compute_score_from_stats(list(row)).score for row in rows]
        return np.array(scores).reshape(totals.shape[:-1])

    p = approximate_randomization(ours, others, combine, permutations=10_000, digest="a")
    assert 0.001 < theirs < 0.5
    assert p == pytest.approx(theirs, abs=4 * np.sqrt(2 * 0.25 / 10_000))


@pytest.mark.parametrize(("better", "worse"), [(10, 2), (5, 0), (3, 4), (0, 0), (59, 33)])
def test_mcnemar_is_exact_where_answers_are_independent(better, worse):
    exact = mcnemar_of_statsmodels([[20, better], [worse, 0]], exact=True).pvalue
    assert mcnemar(*answers(better, worse)) == pytest.approx(exact)


def test_mcnemar_of_units_is_mcnemar_s_where_units_have_one_answer():
    """Two seeds that answer alike are no further evidence; the statistic is the chi-squared of statsmodels."""
    chi = mcnemar_of_statsmodels([[20, 59], [33, 0]], exact=False, correction=False).pvalue
    twice = [System.of_seeds([system.trainings[0][0]] * 2) for system in answers(59, 33)]
    assert mcnemar(*twice) == pytest.approx(chi)


def test_answers_of_one_document_are_not_independent():
    """Ten documents of ten answers each, all of which change together: ten are the evidence, not a hundred."""
    ours = np.stack([np.r_[np.full(7, 10.0), np.zeros(3)], np.full(10, 10.0)], axis=1)
    theirs = np.stack([np.r_[np.zeros(7), np.full(3, 10.0)], np.full(10, 10.0)], axis=1)
    documents = mcnemar(System.of_seeds([ours]), System.of_seeds([theirs]))
    assert documents == pytest.approx(0.2059, abs=1e-4)  # chi-squared 16 / 10
    assert mcnemar(*answers(70, 30)) < 0.0001


def test_right_or_wrong_is_told_from_other_counts():
    assert are_right_or_wrong([np.array([[1.0, 1.0], [0.0, 1.0], [3.0, 4.0]])])
    assert not are_right_or_wrong([np.array([[0.5, 1.0]])])
    assert not are_right_or_wrong([np.array([[2.0, 1.0]])])
    assert not are_right_or_wrong([entities(0, 5, 0.5)])


def result_of(first: System, second: System, combine=accuracy.combine, permutations: int = 2000):
    found = difference(first, second, combine)
    return paired_test(first, second, combine, found, permutations=permutations, digest="a")


def test_of_right_and_wrong_answers_the_verdict_is_mcnemar_s():
    result = result_of(*answers(10, 2))
    exact = mcnemar_of_statsmodels([[20, 10], [2, 0]], exact=True).pvalue
    assert (result.name, result.p, result.differing) == ("mcnemar", pytest.approx(exact), 12)
    assert result.smallest_p == 2**-11 and result.t_p is None
    few = result_of(*answers(4, 0))
    assert few.p == pytest.approx(few.smallest_p) and few.p == 0.125


def test_of_documents_the_verdict_is_that_of_exchanges_and_exact_where_they_are_few():
    """Eight documents that all change one way: of 2^8 exchanges two are as large."""
    ours = np.stack([np.r_[np.full(8, 9.0), np.full(20, 5.0)], np.full(28, 10.0)], axis=1)
    theirs = np.stack([np.r_[np.full(8, 7.0), np.full(20, 5.0)], np.full(28, 10.0)], axis=1)
    result = result_of(System.of_seeds([ours]), System.of_seeds([theirs]))
    assert (result.name, result.p, result.smallest_p) == ("randomization", 2 / 2**8, 2 / 2**8)
    assert result.mcnemar_p is not None and result.mcnemar_p < result.p  # the chi-squared one is no exact test


def test_seeds_that_differ_more_than_the_systems_do_forbid_a_verdict():
    """The exact tests take the trained weights as they are: of other seeds they say nothing."""
    generator = np.random.default_rng(0)
    hardness = generator.random(400)

    def trained(*qualities: float) -> System:
        return System.of_seeds(
            [np.stack([(hardness < quality).astype(float), np.ones(400)], axis=1) for quality in qualities]
        )

    result = result_of(trained(0.90, 0.86, 0.70), trained(0.72, 0.74, 0.76))
    assert result.randomization_p < 0.001 and result.t_p is not None
    assert (result.name, result.p) == ("t", result.t_p) and result.p > 0.05
    steady = result_of(trained(0.85, 0.86, 0.87), trained(0.72, 0.74, 0.76))
    assert steady.p < 0.01


@pytest.mark.parametrize(
    ("metric", "per_unit", "seeds"), [("accuracy", 1, 1), ("entity_f1", 5, 1), ("entity_f1", 1, 3)]
)
def test_equal_systems_are_called_different_at_most_as_often_as_stated(metric, per_unit, seeds):
    """Where a percentile bootstrap errs in up to 13 %: ten documents, or three seeds."""
    fixed = seeds == 1
    case = gate_error_rate.Case(
        metric, 50 if fixed else 200, per_unit, seeds, of_seeds=0.0 if fixed else 0.15, seeds_are_fixed=fixed
    )
    trials, called = 300, 0
    for trial in range(trials):
        pair = gate_error_rate.draw(case, np.random.default_rng([7, trial]), lost=0.0)
        called += result_of(*pair, case.combine, permutations=200).p < 0.05
    assert called / trials <= 0.05 + 4 * (0.05 * 0.95 / trials) ** 0.5
