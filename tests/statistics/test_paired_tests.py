"""Paired tests give what exact enumeration and other libraries give."""

import numpy as np
import pytest
from scipy.stats import permutation_test
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels

from alambic.stages.evaluate.metrics import accuracy, entity_f1
from alambic.statistics.difference import System
from alambic.statistics.paired_tests import approximate_randomization, are_right_or_wrong, mcnemar, two_sided_p


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
    assert p == pytest.approx(exact.pvalue, abs=4 * np.sqrt(0.25 / 20_000))


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
