"""How probable an answer was, by kind of answer; cases by hand."""

import numpy as np
import pytest

from alambic.stages.calibrate.answered import same_answer
from alambic.stages.calibrate.probabilities import read_dense, read_sparse


def row(read) -> tuple[float, float, float]:
    return float(read.probability[0]), float(read.margin[0]), float(read.log_probability[0])


def test_one_label():
    scores = [np.array([[0.7, 0.2, 0.1]], np.float32)]
    assert row(read_dense(["a"], scores, ["a", "b", "c"])) == pytest.approx((0.7, 0.5, np.log(0.7)), abs=1e-6)
    # Asked of an answer that another seed gave, and of one that is no label.
    assert row(read_dense(["b"], scores, ["a", "b", "c"]))[:2] == pytest.approx((0.2, -0.5))
    assert row(read_dense(["z"], scores, ["a", "b", "c"]))[:2] == pytest.approx((0.0, -0.7))


def test_several_labels_count_those_that_were_not_given():
    scores = [np.array([[0.9, 0.8, 0.4]], np.float32)]
    found = row(read_dense([("a", "b")], scores, ["a", "b", "c"]))
    assert found == pytest.approx((0.6, 0.2, np.log(0.9 * 0.8 * 0.6)), abs=1e-6)


def test_tags_pass_over_words_that_were_not_read():
    scores = [np.array([[0.9, 0.1], [0, 0], [0.3, 0.7]], np.float32)]
    found = row(read_dense([("O", "O", "B-X")], scores, ["O", "B-X"]))
    assert found == pytest.approx((0.7, 0.4, np.log(0.9 * 0.7)), abs=1e-6)


@pytest.mark.parametrize(
    ("answer", "scores", "expected"),
    [
        (("I21", "J18"), {"I21": 0.9, "J18": 0.6, "C50": 0.2}, (0.6, 0.4, np.log(0.54))),
        (("I21",), {"I21": 0.9, "<sequence>": 0.8, "<margin>": 0.3}, (0.9, 0.3, np.log(0.8))),
        (("X99",), {"I21": 0.9}, (0.0, -0.9, np.log(1e-6))),
        ((), {"I21": 0.3}, (0.7, 0.4, np.log(0.7))),
        ((), {"<sequence>": 0.0}, (0.0, 0.0, np.log(1e-6))),  # of a dictionary that knows nothing like it
        ((), {"<sequence>": 0.8, "<margin>": 0.3}, (0.8, 0.3, np.log(0.8))),
    ],
)
def test_codes_out_of_thousands_and_written_ones(answer, scores, expected):
    assert row(read_sparse([answer], [scores])) == pytest.approx(expected)


def test_codes_in_another_order_are_the_same_answer_and_a_repeated_one_is_not():
    assert same_answer(("a", "b"), ("b", "a"))
    assert not same_answer(("a", "a"), ("a",)) and not same_answer("a", ("a",))
