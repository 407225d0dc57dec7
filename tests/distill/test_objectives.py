"""Every objective against a naive formula, written out sequence by sequence."""

import math

import pytest
import torch

from alambic.distill.losses import Encoded, hide_tokens
from alambic.distill.objectives import hidden_cosine, hidden_regression, masked_lm
from alambic.plugins import names


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return {
        "ids": torch.randint(5, 30, (3, 6)),
        "special": torch.tensor([[1, 0, 0, 0, 0, 1]] * 2 + [[1, 0, 0, 1, 1, 1]]).bool(),
        "segments": torch.tensor([[-1, 0, 0, 1, 2, -1], [-1, 0, 1, -1, -1, -1], [-1, 0, 1, -1, -1, -1]]),
        "targets": torch.randn(3, 3, 4),
        "known": torch.tensor([[1, 1, 1], [1, 1, 0], [1, 1, 0]]).bool(),
        "draw": torch.tensor([1, 2, 3]),
        "variance": torch.tensor(2.5),
    }


def pairs(states, batch):
    """Yield, sequence by sequence, the (student, teacher) vectors of each known segment."""
    for row in range(len(states)):
        yield [
            (states[row][batch["segments"][row] == segment].mean(dim=0), batch["targets"][row, segment])
            for segment in range(3)
            if batch["known"][row, segment]
        ]


def test_hidden_cosine(batch):
    states = torch.randn(3, 6, 4)
    naive = [[1 - float(s @ t / (s.norm() * t.norm())) for s, t in row] for row in pairs(states, batch)]
    expected = sum(sum(row) / len(row) for row in naive) / 3
    assert hidden_cosine.objective(Encoded(states, None), batch).item() == pytest.approx(expected, abs=1e-6)


def test_hidden_regression(batch):
    states = torch.randn(3, 6, 4)
    naive = [[float((s - t) @ (s - t)) / 2.5 for s, t in row] for row in pairs(states, batch)]
    expected = sum(sum(row) / len(row) for row in naive) / 3
    assert hidden_regression.objective(Encoded(states, None), batch).item() == pytest.approx(expected, abs=1e-5)


def test_masked_lm(batch):
    states, table = torch.randn(3, 6, 4), torch.randn(30, 4)
    hidden = hide_tokens(batch, 1, share=0.4)
    encoded = Encoded(states, lambda chosen: chosen @ table.T)
    expected = 0.0
    for row in range(3):
        losses = [
            -float(torch.log_softmax(table @ states[row, place], 0)[label])
            for place, label in enumerate(hidden["labels"][row].tolist())
            if label >= 0
        ]
        expected += sum(losses) / len(losses) / 3
    assert masked_lm.objective(encoded, hidden).item() == pytest.approx(expected, abs=1e-5)


def test_hidden_tokens_are_text_and_drawn_by_sequence(batch):
    hidden = hide_tokens(batch, 1)
    changed = hidden["labels"] >= 0
    assert not (changed & batch["special"]).any()
    assert changed.any(dim=1).all()
    assert (hidden["ids"][changed] == 1).all()
    assert (hidden["ids"][~changed] == batch["ids"][~changed]).all()


def test_what_is_hidden_depends_on_the_sequence_alone(batch):
    """Not on its neighbours in the batch, nor on the padding that they bring."""
    ids, special = torch.randint(5, 30, (1, 100)), torch.zeros(1, 100, dtype=torch.bool)
    alone = hide_tokens({"ids": ids, "special": special, "draw": torch.tensor([7])}, 1)["ids"]
    padding = torch.zeros(1, 51, dtype=torch.long)
    wide = {"ids": torch.cat([ids, padding], 1), "special": torch.cat([special, padding == 0], 1)}
    assert hide_tokens({**wide, "draw": torch.tensor([7])}, 1)["ids"][:, :100].tolist() == alone.tolist()


@pytest.mark.parametrize("name", names("distill.objectives"))
def test_every_objective_gives_a_finite_gradient(name, batch):
    """The contract, for objectives written before and after this test."""
    module = __import__(f"alambic.distill.objectives.{name}", fromlist=["objective"])
    assert module.READS in ("whole", "masked")
    states = torch.randn(3, 6, 4, requires_grad=True)
    table = torch.randn(30, 4)
    read = hide_tokens(batch, 1) if module.READS == "masked" else batch
    loss = module.objective(Encoded(states, lambda chosen: chosen @ table.T), read)
    loss.backward()
    assert loss.shape == () and math.isfinite(loss.item())
    assert states.grad.abs().sum() > 0 and states.grad.isfinite().all()


def test_no_objective_divides_by_nothing(batch):
    silent = {**batch, "known": torch.zeros(3, 3, dtype=torch.bool), "segments": torch.full((3, 6), -1)}
    states = torch.randn(3, 6, 4)
    for module in (hidden_cosine, hidden_regression):
        assert module.objective(Encoded(states, None), silent).item() == pytest.approx(0.0)
