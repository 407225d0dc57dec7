"""The output layer in chunks: the gradients of the naive formula, without its memory."""

import pytest
import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode

from alambic.training.chunked_loss import in_chunks, rows_per_chunk

ROWS, WIDTH, VOCABULARY = 50, 16, 300


@pytest.fixture
def layer():
    torch.manual_seed(0)
    states = torch.randn(ROWS, WIDTH, requires_grad=True)
    table = torch.randn(VOCABULARY, WIDTH, requires_grad=True)
    return states, table, torch.randint(VOCABULARY, (ROWS,)), torch.rand(ROWS)


def losses_of(labels, weights):
    def compute(logits, chosen):
        each = cross_entropy(logits, labels[chosen], reduction="none")
        return (each * weights[chosen]).sum(), {"plain": each.sum()}

    return compute


@pytest.mark.parametrize("rows", [1, 7, 50, 1000])
def test_loss_and_gradients_are_those_of_the_naive_formula(layer, rows):
    states, table, labels, weights = layer
    total, parts = in_chunks(states, table, losses_of(labels, weights), rows=rows)
    (3 * total).backward()
    found = states.grad.clone(), table.grad.clone()
    states.grad = table.grad = None
    each = cross_entropy(states @ table.T, labels, reduction="none")
    (3 * (each * weights).sum()).backward()
    assert total.item() == pytest.approx((each * weights).sum().item(), rel=1e-6)
    assert parts["plain"].item() == pytest.approx(each.sum().item(), rel=1e-6)
    for one, expected in zip(found, (states.grad, table.grad), strict=True):
        assert (one - expected).abs().max() <= 1e-5 * expected.abs().max()


class Largest(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.elements = max(self.elements, made.numel())
        return made


def test_no_tensor_has_all_logits(layer):
    states, table, labels, weights = layer
    with Largest() as largest:
        in_chunks(states, table, losses_of(labels, weights), rows=5)[0].backward()
    assert largest.elements == VOCABULARY * WIDTH  # the table's own gradient
    with Largest() as naive:
        cross_entropy(states @ table.T, labels).backward()
    assert naive.elements == ROWS * VOCABULARY


class Alive(TorchDispatchMode):
    """The most tensors of a shape that were alive at once."""

    def __init__(self, shape):
        super().__init__()
        self.shape, self.made, self.most = shape, [], 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.shape == self.shape:
            self.made.append(StorageWeakRef(made.untyped_storage()))
        self.most = max(self.most, len({one.cdata for one in self.made if not one.expired()}))
        return made


def test_a_chunk_is_gone_before_the_next_is_computed(layer, monkeypatch):
    states, table, _, weights = layer
    monkeypatch.setattr("alambic.training.chunked_loss.rows_per_block", lambda columns, device: 2)
    teacher = torch.randn(ROWS, WIDTH), torch.randn(VOCABULARY, WIDTH)

    def compute(logits, chosen, theirs):
        return (cross_entropy(logits, theirs.softmax(1), reduction="none") * weights[chosen]).sum(), {}

    with Alive((10, VOCABULARY)) as alive:
        in_chunks(states, table, compute, rows=10, teacher_layers=[teacher])[0].backward()
    assert alive.most == 2  # the student's logits, whose gradient takes their place, and the teacher's


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_losses_are_in_single_precision_whatever_the_model_s(layer, dtype):
    states, table, labels, weights = layer
    tiny = weights * 1e-7  # gradients that fp16 has no number for
    with torch.autocast("cpu", dtype=dtype):
        total, _ = in_chunks(states, table, losses_of(labels, tiny), rows=8)
    assert total.dtype == torch.float32
    total.backward()
    logits = (states.to(dtype) @ table.to(dtype).T).float().detach()
    expected = (torch.softmax(logits, 1) - torch.nn.functional.one_hot(labels, VOCABULARY)) * tiny[:, None]
    assert (table.grad - expected.T @ states.detach()).norm() < 0.02 * table.grad.norm()
    assert (states.grad - expected @ table.detach()).norm() < 0.02 * states.grad.norm()


def test_without_gradients_nothing_is_kept(layer):
    states, table, labels, weights = layer
    with torch.no_grad():
        total, _ = in_chunks(states, table, losses_of(labels, weights), rows=8)
    assert not total.requires_grad


def test_a_vocabulary_larger_than_the_budget_goes_row_by_row():
    assert rows_per_chunk(2**30, torch.device("cpu")) == 1
    assert rows_per_chunk(2**15, torch.device("cpu")) == 256
