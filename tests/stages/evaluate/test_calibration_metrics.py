"""Measures of calibration: against scikit-learn, on cases that can be counted, and where nothing was read."""

import numpy as np
import pytest
from scoring import predict_and_score
from sklearn.metrics import brier_score_loss
from toy_tasks import CASES, encoder_in

from alambic.data.inputs import Inputs
from alambic.stages.evaluate.metrics import brier, expected_calibration_error
from alambic.tasks.head import load_head
from alambic.tasks.loading import load_task

RANDOM = np.random.default_rng(1)
LABELS = ["a", "b", "c"]


def test_one_label_among_several_is_scikit_learns_brier():
    gold, given = [str(g) for g in RANDOM.choice(LABELS, 100)], RANDOM.dirichlet(np.ones(3), 100)
    expected = brier_score_loss(gold, given, labels=LABELS, scale_by_half=False)
    assert brier.score(gold, [row[None] for row in given], LABELS).value == pytest.approx(expected)


def test_several_labels_are_the_mean_of_scikit_learns_brier_of_each():
    right, given = RANDOM.random((80, 3)) < 0.4, RANDOM.random((80, 3))
    gold = [tuple(label for label, is_right in zip(LABELS, row, strict=True) if is_right) for row in right]
    expected = np.mean([brier_score_loss(right[:, n], given[:, n]) for n in range(3)])
    assert brier.score(gold, [row[None] for row in given], LABELS).value == pytest.approx(expected)


def sure(probability, *, right, of):
    """Ten answers "a" of some probability, of which some are right."""
    given = np.array([[probability, 1 - probability, 0.0]])
    return ["a"] * right + ["b"] * (of - right), [given] * of


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([(0.8, 8, 10)], 0.0),
        ([(0.9, 5, 10)], 0.4),
        ([(0.9, 5, 10), (0.6, 6, 10)], 0.2),
        ([(0.9, 9, 10), (0.99, 0, 30)], 0.99 * 30 / 40),
    ],
)
def test_the_error_is_the_distance_from_the_share_that_is_right(cases, expected):
    gold, given = [], []
    for probability, right, of in cases:
        more_gold, more_given = sure(probability, right=right, of=of)
        gold, given = gold + more_gold, given + more_given
    assert expected_calibration_error.score(gold, given, LABELS).value == pytest.approx(expected)


def test_words_that_were_not_read_count_for_nothing():
    labels = ["O", "B-D", "I-D"]
    read = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    with_gap = np.vstack([read[:1], np.zeros((1, 3)), read[1:]])
    for metric in (brier, expected_calibration_error):
        whole = metric.score([("O", "B-D")], [read], labels)
        assert metric.score([("O", "I-D", "B-D")], [with_gap], labels).value == pytest.approx(whole.value)
    assert brier.score([("O", "B-D")], [read], labels).value == pytest.approx((0.02 + 0.08) / 2)


def test_a_label_that_no_model_can_give_is_wrong_whatever_is_given():
    given = [np.array([[1.0, 0.0, 0.0]])]
    assert expected_calibration_error.score(["never learnt"], given, LABELS).value == pytest.approx(1)
    assert brier.score(["never learnt"], given, LABELS).value == pytest.approx(1)


@pytest.mark.parametrize("head", CASES)
def test_a_model_has_these_scores_and_a_baseline_is_told_to_have_none(tmp_path, head):
    task, make, _ = CASES[head]
    metrics = [task.metrics[0], "brier", "expected_calibration_error"]
    task = type(task).model_validate({**task.model_dump(), "metrics": metrics})
    inputs, tuned = make(tmp_path), tmp_path / "tuned"
    data = load_task(task, Inputs(inputs))
    used, encoder = load_head(data.head, data.labels), encoder_in(tmp_path / "encoder")
    used.save(used.new_model(encoder, seed=1), used.open_preprocessor(encoder), tuned, max_length=16)
    answering = Inputs({**inputs, "finetuned": [tuned]})
    rows, _ = predict_and_score(tmp_path / "model", task, answering, finetuned=["x"], seeds=[1])
    assert {row["metric"] for row in rows} == set(metrics)
    assert all(0 <= row["low"] <= row["high"] <= 2 for row in rows)
    rows, _ = predict_and_score(tmp_path / "baseline", task, Inputs(inputs))
    assert {row["metric"] for row in rows} == {task.metrics[0]}
