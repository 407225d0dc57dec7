"""A student of another width begins where least squares puts it."""

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import nn

from alambic.stages.distill.projection import RIDGE, fit, ridge


def test_the_regression_is_scikit_learn_s():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 5)) * [1, 2, 3, 0.1, 1] + 4
    outputs = inputs @ rng.normal(size=(5, 7)) + rng.normal(size=(60, 7)) - 2
    variances = ((inputs - inputs.mean(axis=0)) ** 2).sum(axis=0)
    expected = Ridge(alpha=RIDGE * variances.mean()).fit(inputs, outputs)
    weight, bias = ridge(torch.from_numpy(inputs), torch.from_numpy(outputs))
    np.testing.assert_allclose(weight, expected.coef_, rtol=1e-8)
    np.testing.assert_allclose(bias, expected.intercept_, rtol=1e-8)


def test_what_the_teacher_says_linearly_is_heard_from_the_beginning():
    """A batch is one sequence of four tokens in three segments, the last one unknown."""
    torch.manual_seed(0)
    sequences = torch.randn(100, 4, 6)
    truth = nn.Linear(6, 9)

    def collate(places):
        states = sequences[places]
        means = torch.stack([states[:, :2].mean(dim=1), states[:, 2]], dim=1)
        segments, counts = torch.tensor([[0, 0, 1, -1]]), torch.tensor([[1, 1, 0]])
        size = len(places)
        said = truth(means).detach()[:, :2].reshape(-1, 9)
        return {"ours": states, "segments": segments.expand(size, -1), "counts": counts.expand(size, -1),
                "states": said, "scales": torch.ones(len(said))}  # fmt: skip

    found = nn.Linear(6, 9)
    fit(found, lambda batch: batch["ours"], range(100), collate)
    torch.testing.assert_close(found.weight, truth.weight, rtol=0, atol=1e-2)
    torch.testing.assert_close(found.bias, truth.bias, rtol=0, atol=1e-2)
