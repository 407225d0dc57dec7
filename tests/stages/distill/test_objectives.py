"""Every objective against a naive formula, written out sequence by sequence."""

import ast
import math
from types import SimpleNamespace

import pytest
import torch

from alambic.plugins import PACKAGE, constant, names
from alambic.settings import Distill, Teach
from alambic.stages.distill.examples.token_masking import MaskDrawCollator, hide_tokens
from alambic.stages.distill.losses import token_weights
from alambic.stages.distill.objectives import (
    cross_entropy,
    forward_kl,
    hidden_cosine,
    hidden_regression,
    jensen_shannon,
    reverse_kl,
    skew_kl,
    skew_reverse_kl,
)
from alambic.stages.distill.teacher_targets import TeacherTargets


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return {
        "ids": torch.randint(5, 30, (3, 6)),
        "special": torch.tensor([[1, 0, 0, 0, 0, 1]] * 2 + [[1, 0, 0, 1, 1, 1]]).bool(),
        "segments": torch.tensor([[-1, 0, 0, 1, 2, -1], [-1, 0, 1, -1, -1, -1], [-1, 0, 1, -1, -1, -1]]),
        "targets": torch.randn(3, 3, 4),
        "known": torch.tensor([[1, 1, 1], [1, 1, 0], [1, 1, 0]]).bool(),
        "mask_draws": torch.rand(3, 6),
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
    assert hidden_cosine.objective(states, batch).item() == pytest.approx(expected, abs=1e-6)


def test_hidden_regression(batch):
    states = torch.randn(3, 6, 4)
    naive = [[float((s - t) @ (s - t)) / 2.5 for s, t in row] for row in pairs(states, batch)]
    expected = sum(sum(row) / len(row) for row in naive) / 3
    assert hidden_regression.objective(states, batch).item() == pytest.approx(expected, abs=1e-5)


def test_shares_make_a_mean_over_sequences(batch):
    values, chosen = torch.randn(3, 6), ~batch["special"]
    expected = sum(float(values[row][chosen[row]].mean()) for row in range(3)) / 3
    assert float((values * token_weights(chosen)).sum()) == pytest.approx(expected, abs=1e-6)


def targets(rows, vocabulary, drawn=5, **more):
    weights = torch.rand(rows, drawn)
    return TeacherTargets(
        torch.randint(vocabulary, (rows,)),
        torch.randint(vocabulary, (rows, drawn)),
        weights / weights.sum(1, keepdim=True),
        torch.rand(rows),
        **more,
    )


def test_cross_entropy():
    logits, known = torch.randn(7, 30), targets(7, 30)
    expected = [-float(torch.log_softmax(row, 0)[label]) for row, label in zip(logits, known.target_ids, strict=True)]
    assert cross_entropy.objective(logits, known).tolist() == pytest.approx(expected, abs=1e-5)


def test_forward_kl_of_a_whole_distribution():
    """With every piece in the sketch it is the divergence itself."""
    logits, teacher = torch.randn(7, 30), torch.log_softmax(torch.randn(7, 30), 1)
    entropies = -(teacher.exp() * teacher).sum(1)
    whole = TeacherTargets(torch.zeros(7).long(), torch.arange(30).expand(7, 30), teacher.exp(), entropies)
    expected = torch.nn.functional.kl_div(torch.log_softmax(logits, 1), teacher, log_target=True, reduction="none")
    assert forward_kl.objective(logits, whole).tolist() == pytest.approx(expected.sum(1).tolist(), abs=1e-5)


def test_forward_kl_sums_what_begins_with_the_same_piece():
    """The student's 7 pieces begin with 0, 1, 1, 2, 2, 2 and 4; nothing of it begins with the teacher's piece 3."""
    first = torch.tensor([0, 1, 1, 2, 2, 2, 4])
    logits = torch.randn(2, 7, dtype=torch.float64).float()
    teacher = torch.softmax(torch.randn(2, 5), 1)
    known = TeacherTargets(torch.zeros(2).long(), torch.arange(5).expand(2, 5), teacher, torch.zeros(2), first, 5)
    for row in range(2):
        mine = [sum(p for p, f in zip(torch.softmax(logits[row], 0), first, strict=True) if f == t) for t in range(5)]
        expected = -sum(float(teacher[row, t]) * math.log(float(mine[t])) for t in (0, 1, 2, 4))
        assert forward_kl.objective(logits, known)[row].item() == pytest.approx(expected, abs=1e-5)


def online_teacher(rows, vocabulary, width=6):
    """A teacher that reads beside the student, and its probabilities."""
    states, table = torch.randn(rows, width), torch.randn(vocabulary, width)
    known = TeacherTargets(torch.zeros(rows).long(), teacher_logits=states @ table.T)
    return known, torch.softmax(states @ table.T, 1)


def kl(one, other):
    """Naive: one row, one piece at a time."""
    return [
        sum(a * (math.log(a) - math.log(b)) for a, b in zip(*rows, strict=True))
        for rows in zip(one.tolist(), other.tolist(), strict=True)
    ]


DIVERGENCES = {
    "forward": (forward_kl.objective, lambda p, q: kl(p, q)),
    "reverse": (reverse_kl.objective, lambda p, q: kl(q, p)),
    "skew": (lambda *given: skew_kl.objective(*given, skew=0.3), lambda p, q: kl(p, 0.3 * p + 0.7 * q)),
    "skew reverse": (
        lambda *given: skew_reverse_kl.objective(*given, skew=0.3),
        lambda p, q: kl(q, 0.7 * p + 0.3 * q),
    ),
    "Jensen-Shannon": (
        lambda *given: jensen_shannon.objective(*given, share=0.2),
        lambda p, q: [
            0.2 * one + 0.8 * other
            for one, other in zip(kl(p, 0.2 * p + 0.8 * q), kl(q, 0.2 * p + 0.8 * q), strict=True)
        ],
    ),
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_divergences_from_a_teacher_beside(name):
    objective, naive = DIVERGENCES[name]
    known, teacher = online_teacher(5, 30)
    logits = torch.randn(5, 30)
    found = objective(logits, known)
    assert found.tolist() == pytest.approx(naive(teacher.double(), torch.softmax(logits.double(), 1)), abs=1e-5)
    same = torch.log(teacher)
    assert objective(same, known).tolist() == pytest.approx([0] * 5, abs=1e-5)


def test_rows_that_only_one_of_two_vocabularies_has_count_for_no_piece():
    known, teacher = online_teacher(5, 30)
    logits = torch.randn(5, 33)
    student = torch.softmax(logits, 1)[:, :30]
    assert forward_kl.objective(logits, known).tolist() == pytest.approx(kl(teacher, student), abs=1e-5)


@pytest.mark.parametrize("module", [reverse_kl, skew_kl, skew_reverse_kl, jensen_shannon])
def test_a_temperature_softens_both(module):
    known, _ = online_teacher(5, 30)
    logits = torch.randn(5, 30)
    softened = TeacherTargets(known.target_ids, teacher_logits=known.teacher_logits / 2)
    found, expected = module.objective(logits, known, temperature=2.0), module.objective(logits / 2, softened)
    assert found.tolist() == pytest.approx((4 * expected).tolist(), abs=1e-5)


def test_a_vocabulary_mapped_to_itself_changes_nothing():
    logits, known = torch.randn(7, 30), targets(7, 30)
    mapped = TeacherTargets(known.target_ids, known.ids, known.weights, known.entropies, torch.arange(30), 30)
    plain, summed = forward_kl.objective(logits, known), forward_kl.objective(logits, mapped)
    assert summed.tolist() == pytest.approx(plain.tolist(), abs=1e-5)


def test_hidden_tokens_are_text_and_drawn_by_sequence(batch):
    hidden = hide_tokens(batch, 1)
    changed = hidden["target_ids"] >= 0
    assert not (changed & batch["special"]).any()
    assert changed.any(dim=1).all()
    assert (hidden["ids"][changed] == 1).all()
    assert (hidden["ids"][~changed] == batch["ids"][~changed]).all()


def test_what_is_hidden_depends_on_the_sequence_alone(batch):
    """Not on its neighbours in the batch, nor on the padding that they bring."""

    def chosen(batch):
        return MaskDrawCollator(lambda _: batch)([SimpleNamespace(draw=7)])

    ids, special = torch.randint(5, 30, (1, 100)), torch.zeros(1, 100, dtype=torch.bool)
    alone = hide_tokens(chosen({"ids": ids, "special": special}), 1)["ids"]
    padding = torch.zeros(1, 51, dtype=torch.long)
    wide = {"ids": torch.cat([ids, padding], 1), "special": torch.cat([special, padding == 0], 1)}
    assert hide_tokens(chosen(wide), 1)["ids"][:, :100].tolist() == alone.tolist()


EXAMPLES = {
    example
    for family in names("stages.distill.families")
    for example in constant("stages.distill.families", family, "EXAMPLES")
}


@pytest.mark.parametrize("name", names("stages.distill.objectives"))
def test_every_objective_gives_a_finite_gradient(name, batch):
    """The contract, for objectives written before and after this test."""
    module = __import__(f"alambic.stages.distill.objectives.{name}", fromlist=["objective"])
    assert set(module.SIGNALS) <= {"online", *names("stages.teach.signals")}
    assert set(getattr(module, "FAMILIES", ())) <= set(names("stages.distill.families"))
    assert set(module.SIGNALS.values()) <= EXAMPLES
    stored = {example for signal, example in module.SIGNALS.items() if signal != "online"}
    assert len(stored) <= 1, "which kind of signal a student has stored is not known where its examples are made"
    if module.READS in ("states", "attention"):
        # Queries, keys and values of a layer are three times 12 heads wide; one unit of a head is enough.
        width = 36 if module.READS == "attention" else 4
        read = torch.randn(3, 6, width, requires_grad=True)
        loss = module.objective(read, {**batch, "targets": torch.randn(3, 3, width)})
        assert loss.shape == ()
    elif module.READS == "labels":
        read = torch.randn(3, 5, requires_grad=True)
        loss = module.objective(read, torch.randn(3, 5).log_softmax(1))
        assert loss.shape == ()
    else:
        assert module.READS == "tokens"
        read = (torch.randn(7, 30) * 50).requires_grad_()  # far apart: some probabilities are zero in single precision
        losses = module.objective(
            read, online_teacher(7, 30)[0] if set(module.SIGNALS) == {"online"} else targets(7, 30)
        )
        assert losses.shape == (7,)
        loss = losses.sum()
    loss.backward()
    assert math.isfinite(loss.item())
    assert read.grad.abs().sum() > 0 and read.grad.isfinite().all()


def test_who_trains_a_student_knows_objectives_and_signals_by_what_they_declare():
    """So that a new one is one file."""
    plugins = {*names("stages.distill.objectives"), *names("stages.teach.signals")}
    for folder in ("settings", "planning", "stages/distill"):
        for path in (PACKAGE / folder).rglob("*.py"):
            if path.parent.name != "objectives":
                nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
                assert not texts & plugins, path


def test_a_family_refuses_examples_that_it_does_not_read():
    names = {"teacher": "t", "tokenizer": "v", "corpus": "c", "signal": "s"}
    student = Distill.model_validate({**names, "objectives": {"forward_kl": {}}, "family": "encoder"})
    with pytest.raises(ValueError, match="by text_with_distributions, which students of family 'encoder' do not read"):
        student.check_signal(Teach(teacher="t", corpus="c", signal="next_tokens"))


def test_no_objective_divides_by_nothing(batch):
    silent = {**batch, "known": torch.zeros(3, 3, dtype=torch.bool), "segments": torch.full((3, 6), -1)}
    states = torch.randn(3, 6, 4)
    for module in (hidden_cosine, hidden_regression):
        assert module.objective(states, silent).item() == pytest.approx(0.0)
    assert token_weights(torch.zeros(2, 3, dtype=torch.bool)).sum() == 0
