"""Generalised Jensen-Shannon divergence between the teacher's p and the student's q.

GKD (Agarwal et al. 2024, arXiv 2306.13649, eq. 1): share KL(p || m) + (1 - share) KL(q || m), with m = share p +
(1 - share) q. Near 0 its gradient is that of forward KL, near 1 that of reverse KL.
"""

import math
from typing import Annotated

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor

from alambic.stages.distill.teacher_targets import TeacherTargets, log_pair

READS = "tokens"
SIGNALS = {"online": "text"}


def objective(
    logits: Tensor,
    targets: TeacherTargets,
    *,
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5,
    temperature: PositiveFloat = 1.0,
) -> Tensor:
    """Return the divergence at each predicted token, in nats: logits (n, vocabulary) -> (n,)."""
    student, teacher = log_pair(logits, targets, temperature)
    mean = torch.logaddexp(teacher + math.log(share), student + math.log1p(-share))
    forward = (teacher.exp() * (teacher - mean)).sum(dim=1)
    backward = (student.exp() * (student - mean)).sum(dim=1)
    return temperature**2 * (share * forward + (1 - share) * backward)
