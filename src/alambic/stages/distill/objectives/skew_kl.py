"""Skew KL divergence: KL(p || skew p + (1 - skew) q), bounded even where the student gives next to nothing.

DistiLLM (Ko et al. 2024, arXiv 2402.03898, eq. 4), whose best values of the skew are about 0.1.
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
    mixed = torch.logaddexp(teacher + math.log(skew), student + math.log1p(-skew))
    return temperature**2 * (teacher.exp() * (teacher - mixed)).sum(dim=1)
