"""Skew reverse KL divergence: KL(q || (1 - skew) p + skew q), bounded even where the teacher gives next to nothing.

DistiLLM (Ko et al. 2024, arXiv 2402.03898, section 3.1).
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
    skew: Annotated[float, Field(gt=0, lt=1)] = 0.1,
    temperature: PositiveFloat = 1.0,
) -> Tensor:
    """Return the divergence at each predicted token, in nats: logits (n, vocabulary) -> (n,)."""
    student, teacher = log_pair(logits, targets, temperature)
    mixed = torch.logaddexp(teacher + math.log1p(-skew), student + math.log(skew))
    return temperature**2 * (student.exp() * (student - mixed)).sum(dim=1)
