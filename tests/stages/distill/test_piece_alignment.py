"""A piece that the teacher cuts into several is compared with the product of what the teacher expects along them."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from alambic.stages.distill.objectives.forward_kl import objective
from alambic.stages.distill.piece_alignment import divergence, multi_piece_log_probs, spans
from alambic.stages.distill.teacher_targets import TeacherTargets

LETTERS = 3  # the teacher's vocabulary
PIECES = [(0,), (1,), (2,), (0, 1), (0, 1, 2), (0, 1, 1), (1, 1), (2, 0)]  # the student's: each as the teacher's pieces
LONGEST = 3
seeds = st.integers(0, 10**6)


class Teacher:
    """Expects letters by those before; every text of three has a probability."""

    def __init__(self, seed):
        draw = np.random.default_rng(seed)
        texts = (text for size in range(LONGEST) for text in itertools.product(range(LETTERS), repeat=size))
        self.expects = {text: draw.dirichlet(np.ones(LETTERS)) for text in texts}

    def log(self, text, place):
        return math.log(self.expects[text[:place]][text[place]])

    def of_text(self, text):
        return math.exp(sum(self.log(text, place) for place in range(len(text))))

    def of_beginning(self, part):
        """By enumeration: all texts of three letters that begin with it."""
        texts = itertools.product(range(LETTERS), repeat=LONGEST)
        return sum(self.of_text(text) for text in texts if text[: len(part)] == part)


def said_of(teacher, piece):
    """Give what is known where a piece came, as a store without a sample has it."""
    part = PIECES[piece]
    logs = [teacher.log(part, place) for place in range(len(part))]
    start = teacher.expects[()]
    return TeacherTargets(
        torch.tensor([piece]),
        torch.arange(LETTERS)[None],
        torch.tensor(start)[None].float(),
        torch.tensor([-(start * np.log(start)).sum()]).float(),
        torch.tensor([some[0] for some in PIECES]),
        LETTERS,
        spans(PIECES),
        torch.tensor([[logs[0], sum(logs[1:])]]),
    )


def by_enumeration(teacher, q, piece):
    """Sum p log(p / q) over what may come: another first letter, this piece, or else what begins with its letter."""
    part = PIECES[piece]
    total = 0.0
    for letter in range(LETTERS):
        ours = sum(q[number] for number, some in enumerate(PIECES) if some[0] == letter)
        theirs = teacher.of_beginning((letter,))
        if letter != part[0]:
            total += theirs * math.log(theirs / ours)
            continue
        own = sum(q[number] for number, some in enumerate(PIECES) if some[: len(part)] == part)
        whole = teacher.of_beginning(part)
        total += whole * math.log(whole / own)
        if len(part) > 1:
            total += (theirs - whole) * math.log((theirs - whole) / (ours - own))
    return total


@given(seeds, st.integers(0, len(PIECES) - 1))
def test_forward_kl_is_that_over_what_the_piece_tells_apart(seed, piece):
    teacher = Teacher(seed)
    logits = torch.from_numpy(np.random.default_rng(seed + 1).normal(size=(1, len(PIECES)))).float()
    found = objective(logits, said_of(teacher, piece))
    assert float(found) == pytest.approx(by_enumeration(teacher, torch.softmax(logits, 1)[0].tolist(), piece), abs=1e-5)


@given(seeds)
def test_it_is_zero_where_the_student_is_right_and_where_nothing_is_known(seed):
    teacher = Teacher(seed)
    targets = said_of(teacher, 3)
    p, whole = teacher.of_beginning((0,)), teacher.of_beginning((0, 1))
    shares = {0: p - whole, 1: 0.3, 2: 0.1, 3: whole / 2, 4: whole / 4, 5: whole / 4, 6: 0.2, 7: 0.2}
    right = torch.tensor([shares[number] for number in range(len(PIECES))], dtype=torch.float64).log()[None]
    assert float(divergence(right, targets)) == pytest.approx(0, abs=1e-6)
    wrong = right + torch.arange(len(PIECES))
    assert float(divergence(wrong, targets)) > 1e-3
    unknown = TeacherTargets(
        targets.target_ids, spans=targets.spans, multi_piece_log_probs=torch.full((1, 2), torch.nan)
    )
    assert float(divergence(wrong, unknown)) == 0


def test_gradients_are_finite_where_a_student_is_sure():
    logits = torch.tensor([[90.0, 0, 0, -90, -90, -90, 0, 0]], requires_grad=True)
    divergence(logits, said_of(Teacher(1), 3)).sum().backward()
    assert logits.grad.isfinite().all() and logits.grad[0, 3] < 0


def test_a_piece_that_stands_alone_for_its_letter_has_nothing_to_tell():
    pieces = [(0, 1), (1,), (2,)]
    targets = TeacherTargets(torch.tensor([0]), spans=spans(pieces), multi_piece_log_probs=torch.tensor([[-1.0, -1.0]]))
    assert divergence(torch.randn(1, 3), targets).tolist() == [0]


def test_pieces_that_begin_alike_are_neighbours():
    place, *ends = spans(PIECES).T
    for number, part in enumerate(PIECES):
        for shown, size in ((ends[:2], len(part)), (ends[2:], 1)):
            alike = {other for other, some in enumerate(PIECES) if some[:size] == part[:size]}
            begin, end = (int(one[number]) for one in shown)
            assert {other for other in range(len(PIECES)) if begin <= place[other] < end} == alike


def test_a_product_is_known_only_where_the_teacher_cut_so():
    target_log_probs = np.log(np.array([0.5, 0.25, 0.5, 0.125], np.float16))
    expected = SimpleNamespace(tokens=np.array([0, 1, 2, 0]), target_log_probs=target_log_probs)
    # 0-1-2 from the first token; 1-1 where the teacher has 1-2; 2-0 from the third; 0-1 beyond the end
    found = multi_piece_log_probs(
        np.array([4, 6, 7, 3]), np.array([0, 1, 2, 3]), expected.tokens, expected.target_log_probs, PIECES
    )
    assert np.exp(found[[0, 2]]) == pytest.approx(np.array([[0.5, 0.125], [0.5, 0.125]]), rel=1e-3)
    assert np.isnan(found[[1, 3]]).all()
