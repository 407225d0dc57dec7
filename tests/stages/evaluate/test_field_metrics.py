"""Scores of the field, against their libraries, their authors' own definitions, and cases that one counts by hand."""

import numpy as np
import pytest
from nervaluate import Evaluator
from scipy.stats import spearmanr

from alambic.errors import UserError
from alambic.stages.evaluate.metrics import edrm, exact_match, hamming, nested_entity_f1, partial_entity_f1, spearman
from alambic.statistics.bootstrap import digest_of, resample, resample_examples, sum_by_unit

RANDOM = np.random.default_rng(1)
GOLD = [str(value) for value in RANDOM.integers(0, 11, 60) / 2]  # with many equals
GIVEN = [str(float(value) + shift) for value, shift in zip(GOLD, RANDOM.normal(0, 1.5, 60).round(1), strict=True)]


def test_spearman_of_drawn_examples_is_scipys():
    """What the bootstrap computes by weights is the correlation of the examples as often as they were drawn."""
    score = spearman.score(GOLD, GIVEN)
    assert score.value == pytest.approx(spearmanr([*map(float, GOLD)], [*map(float, GIVEN)]).statistic)
    weights = RANDOM.multinomial(60, np.full(60, 1 / 60), size=20)
    weights[0] = 1
    found = spearman.combine(score.counts, weights)
    assert found[0] == pytest.approx(score.value)
    for value, weight in zip(found, weights, strict=True):
        drawn = score.counts.repeat(weight, axis=0)
        assert value == pytest.approx(spearmanr(*drawn.T).statistic, abs=1e-12)


def test_spearman_of_constants_is_nought():
    assert spearman.score(["1", "2"], ["3", "3"]).value == 0
    assert spearman.combine(np.array([[1.0, 3.0], [2.0, 3.0]]), np.array([[1, 1], [2, 0]])).tolist() == [0, 0]
    assert spearman.score(["1"], ["3"]).value == 0


def test_units_are_drawn_whole_by_both_kinds_of_metrics():
    """A metric of sums and one of examples meet the same draws: by EDRM, written in both ways, the same resamples."""
    score = edrm.score(GOLD, GIVEN)
    units = [str(number // 3) for number in range(60)]
    digest = digest_of([str(number) for number in range(60)], units)
    by_sums = resample([sum_by_unit(score.counts, units)], edrm.combine, resamples=250, digest=digest)

    def mean(counts, weights):
        return edrm.combine(weights @ counts)

    by_examples = resample_examples([score.counts], mean, units, resamples=250, digest=digest)
    np.testing.assert_allclose(by_sums, by_examples, atol=1e-12)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("5", "5", 1.0),
        ("0", "5", 0.0),
        ("4", "3", 1 - 1 / 3),  # at most 3 off, towards 0
        ("1", "2", 1 - 1 / 3),  # at most 3 off, towards 5
        ("5", "5.1", 0.0),  # outside the scale
        ("0", "-0.1", 0.0),
    ],
)
def test_edrm_is_that_of_deft(gold, predicted, expected):
    assert edrm.score([gold], [predicted]).value == pytest.approx(expected)


def test_what_is_no_number_is_named():
    with pytest.raises(UserError, match="'IX' is no number"):
        spearman.score(["1", "IX"], ["1", "2"])


# FrenchMedMCQA's authors count letters by hand: of "ac" against "ab", one of three, and so on.
CHOSEN = [("a", "c"), ("a",), ("a", "b", "c"), ("e",)]
RIGHT = [("a", "b"), ("a",), ("a", "b", "c", "d"), ("a",)]


def test_answers_are_scored_as_frenchmedmcqa_scores_them():
    assert hamming.score(RIGHT, CHOSEN).value == pytest.approx((1 / 3 + 1 + 3 / 4 + 0) / 4)
    assert exact_match.score(RIGHT, CHOSEN).value == pytest.approx(1 / 4)


def test_a_set_of_answers_may_be_one_label():
    """DrBenchmark predicts one of 31 classes: they are sets of letters all the same."""
    joined = ["|".join(answer) for answer in RIGHT], ["|".join(answer) for answer in CHOSEN]
    assert hamming.score(*joined).value == hamming.score(RIGHT, CHOSEN).value
    assert exact_match.score(*joined).value == exact_match.score(RIGHT, CHOSEN).value


def test_a_written_text_is_compared_whole():
    assert exact_match.score(["120|80"], ["80|120"]).value == 0


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [([("a",)] * 3, [("a",)] * 3, 1.0), ([()] * 3, [()] * 3, 1.0), ([()], [("a",)], 0.0), ([("a",)], [()], 0.0)],
)
def test_degenerate_sets_of_answers_have_their_score(gold, predicted, expected):
    assert hamming.score(gold, predicted).value == exact_match.score(gold, predicted).value == expected


SPANS = [
    # "cancer du sein gauche": the whole is a disorder, the breast in it an organ.
    ([(0, 4, "DISO"), (2, 3, "ANAT")], [(0, 4, "DISO")], (1, 2, 1)),
    ([(0, 4, "DISO"), (2, 3, "ANAT")], [(0, 4, "DISO"), (2, 3, "ANAT")], (2, 2, 2)),
    ([(0, 4, "DISO"), (0, 4, "PROC")], [(0, 4, "PROC")], (1, 2, 1)),  # two labels of one mention
    ([(0, 3, "DISO"), (2, 5, "DISO")], [(0, 3, "DISO"), (2, 4, "DISO")], (1, 2, 2)),  # they overlap
    ([], [(1, 2, "DISO")], (0, 0, 1)),
]


def test_nested_entities_are_counted_each():
    gold, predicted, counts = zip(*SPANS, strict=True)
    score = nested_entity_f1.score(gold, predicted)
    assert score.counts.tolist() == [list(map(float, one)) for one in counts]
    assert score.value == pytest.approx(2 * 5 / (8 + 7))


def test_half_right_entities_are_those_of_nervaluate():
    labels = ["O", "B-A", "B-B", "I-A", "I-B"]
    gold = [list(RANDOM.choice(labels, 12)) for _ in range(30)]
    predicted = [[tag if RANDOM.random() < 0.6 else "O" for tag in tags] for tags in gold]
    found = partial_entity_f1.score(gold, predicted)
    whole = Evaluator(gold, predicted, tags=["A", "B"], loader="list").evaluate()["overall"]["partial"]
    assert found.value == pytest.approx(whole.f1) and 0.3 < found.value < 0.95
    assert found.counts.sum(axis=0).tolist() == [whole.correct + whole.partial / 2, whole.possible, whole.actual]
    assert partial_entity_f1.score([["B-A", "I-A", "O"]], [["O", "B-B", "O"]]).value == pytest.approx(1 / 2)


def test_partial_scores_of_texts_without_entities():
    assert partial_entity_f1.score([["O"]], [["O"]]).value == 0
    assert partial_entity_f1.score([[], ["B-A"]], [[], ["B-A"]]).value == 1
