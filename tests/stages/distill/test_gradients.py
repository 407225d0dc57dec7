"""What the student learns from each objective on tokens, in chunks and blocks: the gradients of a naive formula."""

import pytest
import torch
from torch.nn.functional import cross_entropy, kl_div

from alambic.plugins import constant, names
from alambic.stages.distill.losses import Objectives, PredictedTokens
from alambic.stages.distill.teacher_targets import TeacherTargets
from alambic.training import chunked_loss

ROWS, WIDTH, VOCABULARY, DRAWN = 23, 8, 40, 6


def log_pair(logits, targets):
    return logits.log_softmax(1), targets.teacher_logits.log_softmax(1)


def kl(p, q):
    """Of log-probabilities, whole."""
    return kl_div(q, p, reduction="none", log_target=True).sum(1)


def mixed(p, q, share):
    return (share * p.exp() + (1 - share) * q.exp()).log()


def by_rank(p, q):
    """Of probabilities: what lies between the sorted ones."""
    return (p.sort(1).values - q.sort(1).values).abs().sum(1)


# Dense and in double precision: logits (n, vocabulary), said -> (n,)
NAIVE = {
    "cross_entropy": lambda z, targets: cross_entropy(z, targets.target_ids, reduction="none"),
    "forward_kl": lambda z, targets: kl(log_pair(z, targets)[1], log_pair(z, targets)[0]),
    "forward_kl from a store": lambda z, targets: -(targets.weights * z.softmax(1).log().gather(1, targets.ids)).sum(1),
    "reverse_kl": lambda z, targets: kl(*log_pair(z, targets)),
    "skew_kl": lambda z, targets: kl(log_pair(z, targets)[1], mixed(*reversed(log_pair(z, targets)), 0.1)),
    "skew_reverse_kl": lambda z, targets: kl(log_pair(z, targets)[0], mixed(*log_pair(z, targets), 0.1)),
    "sequence_level": lambda z, targets: cross_entropy(z, targets.target_ids, reduction="none"),
    "masked_lm_kl": lambda z, targets: kl(log_pair(z, targets)[1], log_pair(z, targets)[0]),
    "masked_lm_kl from a store": lambda z, targets: (
        -(targets.weights * z.softmax(1).log().gather(1, targets.ids)).sum(1)
    ),
    "universal_logits": lambda z, targets: by_rank(z.softmax(1), targets.teacher_logits.softmax(1)),
    "jensen_shannon": lambda z, targets: (
        sum(kl(one, mixed(*log_pair(z, targets), 0.5)) for one in log_pair(z, targets)) / 2
    ),
}


def test_no_objective_on_tokens_is_forgotten():
    on_tokens = {
        name
        for name in names("stages.distill.objectives")
        if constant("stages.distill.objectives", name, "READS") == "tokens"
    }
    assert on_tokens == {name.partition(" ")[0] for name in NAIVE}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", NAIVE)
def test_gradients_are_those_of_the_naive_formula(name, dtype, monkeypatch):
    monkeypatch.setattr(chunked_loss, "CHUNK_BYTES", {"cpu": 4 * VOCABULARY * 9})
    monkeypatch.setattr(chunked_loss, "BLOCK_BYTES", {"cpu": 4 * VOCABULARY * 4})
    torch.manual_seed(0)
    states, table = (torch.randn(size, WIDTH, requires_grad=True) for size in (ROWS, VOCABULARY))
    weights, shares = torch.rand(ROWS, DRAWN), torch.rand(ROWS)
    target_ids, ids = torch.randint(VOCABULARY, (ROWS,)), torch.randint(VOCABULARY, (ROWS, DRAWN))
    teacher = torch.randn(ROWS, WIDTH), torch.randn(VOCABULARY, WIDTH)
    stored = "store" in name
    targets = TeacherTargets(target_ids, ids, weights, torch.zeros(ROWS), online_teacher=None if stored else teacher)
    objective = Objectives(torch.nn.Identity(), {name.partition(" ")[0]: {"weight": 1.5}})
    with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        total, _ = objective._on_tokens(PredictedTokens(states, table, targets, shares, shares))
    (2 * total).backward()
    found = states.grad.clone(), table.grad.clone()

    # As products in `dtype` give them, everything after that in double precision.
    logits = (states.to(dtype) @ table.to(dtype).T).double().detach().requires_grad_()
    whole = TeacherTargets(
        target_ids, ids, weights.double(), teacher_logits=(teacher[0].to(dtype) @ teacher[1].to(dtype).T).double()
    )
    expected = 1.5 * (NAIVE[name](logits, whole) * shares).sum()
    (2 * expected).backward()
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)
    precision = 1e-5 if dtype == torch.float32 else 0.02
    for one, naive in zip(found, (logits.grad @ table.double(), logits.grad.T @ states.double()), strict=True):
        assert (one - naive).abs().max() <= precision * naive.abs().max()
