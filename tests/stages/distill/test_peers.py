"""Objectives against TRL's own code, where TRL is installed: it is no dependency of the project."""

from types import SimpleNamespace

import pytest
import torch

from alambic.stages.distill.objectives import forward_kl, jensen_shannon, reverse_kl, universal_logits
from alambic.stages.distill.teacher_targets import TeacherTargets

ROWS, OURS, THEIRS, WIDTH = 7, 33, 41, 6


def online_teacher(size):
    torch.manual_seed(0)
    states, table = torch.randn(ROWS, WIDTH), torch.randn(size, WIDTH)
    targets = TeacherTargets(torch.zeros(ROWS).long(), teacher_logits=states @ table.T)
    return torch.randn(ROWS, OURS), states @ table.T, targets


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_divergences_are_those_of_gkd(share, temperature):
    gkd = pytest.importorskip("trl.experimental.gkd", reason="TRL is not installed: pip install --no-deps trl")
    logits, teacher, targets = online_teacher(OURS)
    expected = gkd.GKDTrainer.generalized_jsd_loss(
        logits[None], teacher[None], beta=share, temperature=temperature, reduction="sum"
    )
    if share == 0.0 and temperature == 1.0:
        found = forward_kl.objective(logits, targets)
    elif share == 0.0:
        pytest.skip("forward_kl has no temperature")
    elif share == 1.0:
        found = reverse_kl.objective(logits, targets, temperature=temperature)
    else:
        found = jensen_shannon.objective(logits, targets, share=share, temperature=temperature)
    # TRL leaves out the square of the temperature that keeps the size of gradients.
    assert found.sum().item() / temperature**2 == pytest.approx(expected.item(), rel=1e-5)


def gold_loss(gold, **changed):
    options = {
        "uld_crossentropy_weight": 0.0, "uld_distillation_weight": 1.0, "uld_student_temperature": 1.0,
        "uld_teacher_temperature": 1.0, "uld_skip_student_eos": False, "uld_skip_teacher_eos": False,
        "use_extended_uld": False, "uld_token_merge_strategy": "observed", "beta": 0.5,
    }  # fmt: skip
    return gold.ULDLoss(SimpleNamespace(**options, **changed))


def test_universal_logits_are_those_of_gold():
    gold = pytest.importorskip("trl.experimental.gold.gold_trainer", reason="TRL is not installed")
    logits, teacher, targets = online_teacher(THEIRS)
    target_ids = torch.zeros(1, ROWS, dtype=torch.long)
    expected = gold_loss(gold)(logits[None], teacher[None], target_ids, target_ids, target_ids, target_ids)
    found = universal_logits.objective(logits, targets, common=False)
    assert found.mean().item() == pytest.approx(expected.item(), rel=1e-5)


def test_what_is_not_common_is_compared_as_gold_does():
    gold = pytest.importorskip("trl.experimental.gold.gold_trainer", reason="TRL is not installed")
    logits, teacher, targets = online_teacher(THEIRS)
    ours, theirs = [3, 5, 9], [40, 2, 9]
    loss = gold_loss(gold, uld_hybrid_matched_weight=0.0, uld_hybrid_unmatched_weight=1.0)
    loss._teacher_matched_ids, loss.mapping_tensor = set(theirs), torch.full((THEIRS,), -1)
    loss.mapping_tensor[theirs] = torch.tensor(ours)
    student, other = logits.softmax(1), teacher.softmax(1)
    expected = loss._compute_hybrid_uld_loss(student, other)
    common = TeacherTargets(
        targets.target_ids, teacher_logits=targets.teacher_logits, common=torch.tensor([ours, theirs])
    )
    matched = (student[:, ours] - other[:, theirs]).abs().sum(1)
    found = universal_logits.objective(logits, common) - matched
    assert found.mean().item() == pytest.approx(expected.item(), rel=1e-5)
