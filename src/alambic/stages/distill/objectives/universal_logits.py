"""Universal logit distillation: the teacher's and the student's probabilities compared by rank, for any two tokenizers.

Boizard et al. 2024 (arXiv 2402.12030, eq. 4): the Wasserstein distance with a uniform cost is the sum over ranks of
|p sorted - q sorted|, the shorter vocabulary being filled up with zeros. As GOLD of TRL does, pieces that mean the same
text in both vocabularies are not compared by rank but with each other (`common`); unlike there they are by the same
|p - q|, so that the two parts add up without weights. Positions are those where both begin a token at the same
character: nothing need be merged.
"""

import torch
from pydantic import PositiveFloat
from torch import Tensor
from torch.nn.functional import pad

from alambic.stages.distill.teacher_targets import TeacherTargets

READS = "tokens"
SIGNALS = {"online": "paired_text"}


def objective(
    logits: Tensor, targets: TeacherTargets, *, common: bool = True, temperature: PositiveFloat = 1.0
) -> Tensor:
    """Return the distance at each predicted token: logits (n, vocabulary) -> (n,), 0 to 2.

    With `common`, targets.common (2, c) holds the student's and the teacher's ids of the c pieces that mean the same.
    """
    assert targets.teacher_logits is not None
    student, teacher = ((values / temperature).softmax(dim=1) for values in (logits, targets.teacher_logits))
    distance = student.new_zeros(len(student))
    if common and targets.common is not None:
        ours, theirs = targets.common
        distance = (student[:, ours] - teacher[:, theirs]).abs().sum(dim=1)
        student, teacher = student.index_fill(1, ours, 0.0), teacher.index_fill(1, theirs, 0.0)
    ranks = max(student.shape[1], teacher.shape[1])
    return distance + (_ranked(student, ranks) - _ranked(teacher, ranks)).abs().sum(dim=1)


def _ranked(probabilities: Tensor, ranks: int) -> Tensor:
    """Sort each row, the largest first, and fill it up with zeros."""
    return pad(torch.sort(probabilities, dim=1, descending=True).values, (0, ranks - probabilities.shape[1]))
