"""A sketch of a distribution is right in expectation, which its largest probabilities alone are not."""

import pytest
import torch
from torch.nn.functional import log_softmax

from alambic.data.sketch import sketch

VOCABULARY, TOP, SAMPLED, REPEATS = 500, 8, 6, 20_000


@pytest.fixture(scope="module")
def logits():
    return torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(1)) * 2


def repeated(logits, *, top=TOP, sampled=SAMPLED, repeats=REPEATS):
    draws = torch.rand(repeats, top + 2, generator=torch.Generator().manual_seed(2))
    return sketch(torch.softmax(logits, -1).expand(repeats, -1), top=top, sampled=sampled, draws=draws)


def dense(ids, weights):
    return torch.zeros(len(ids), VOCABULARY).scatter_add_(1, ids, weights)


def furthest(estimates, expected, probabilities):
    """Largest deviation of the mean of `estimates` (repeats, vocabulary), in standard errors.

    Ids drawn less than 50 times in all are counted as one: the spread of what was hardly ever drawn is not known.
    """
    often = probabilities * REPEATS * SAMPLED > 50
    pooled = torch.cat([estimates[:, often], estimates[:, ~often].sum(1, keepdim=True)], 1)
    wanted = torch.cat([expected[often], expected[~often].sum()[None]])
    return ((pooled.mean(0) - wanted).abs() / (pooled.std(0) / REPEATS**0.5)).max()


# 500 comparisons: four standard errors and a half are passed by chance once in three hundred runs.
LIMIT = 4.5


def test_the_expectation_is_the_distribution(logits):
    probabilities = torch.softmax(logits, 0)
    estimates = dense(*repeated(logits).weights())
    assert furthest(estimates, probabilities, probabilities) < LIMIT


def test_the_expected_gradient_is_that_of_all_logits_and_the_top_s_is_not(logits):
    """Forward KL's gradient on a student's logits: full, sketched, and from the renormalised top alone."""
    student = torch.softmax(torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(3)), 0)
    probabilities = torch.softmax(logits, 0)
    ids, weights = repeated(logits).weights()
    gradients = student * weights.sum(1, keepdim=True) - dense(ids, weights)
    assert furthest(gradients, student - probabilities, probabilities) < LIMIT
    best = probabilities.topk(TOP)
    top = torch.zeros(VOCABULARY).scatter(0, best.indices, best.values / best.values.sum())
    assert (probabilities - top).norm() > 0.1 * (student - probabilities).norm()


def test_top_ids_are_exact_and_no_sample_is_among_them(logits):
    found = repeated(logits, repeats=50)
    expected = set(logits.topk(TOP).indices.tolist())
    assert all(set(row) == expected for row in found.top.tolist())
    assert not any(expected & set(row) for row in found.sampled.tolist())


def test_a_code_is_within_a_step_of_the_probability(logits):
    found = repeated(logits, repeats=50)
    exact = log_softmax(logits, 0)[found.top]
    assert (torch.log(found.weights()[1][:, :TOP]) - exact).abs().max() <= 1 / 12 + 1e-6


@pytest.mark.parametrize("height", [0.0, 60.0])
def test_nothing_is_lost_where_the_distribution_is_flat_or_a_peak(height):
    logits = torch.zeros(VOCABULARY)
    logits[7] = height
    ids, weights = repeated(logits).weights()
    assert weights.sum(1).mean().item() == pytest.approx(1, abs=0.002)
    assert dense(ids, weights).mean(0)[7].item() == pytest.approx(float(torch.softmax(logits, 0)[7]), abs=0.002)


def test_a_vocabulary_no_larger_than_the_top_has_no_tail():
    found = repeated(torch.randn(TOP), repeats=10)
    assert found.tails.max() <= 1  # what rounding leaves
