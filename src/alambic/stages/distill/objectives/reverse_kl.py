"""Reverse KL divergence: sum of q log(q / p), which makes a student avoid what the teacher finds unlikely.

MiniLLM (Gu et al. 2024, arXiv 2306.08543, eq. 1), token by token. It needs the teacher's whole distribution: q moves,
so that no sample of p drawn beforehand gives its expectation.
"""

from pydantic import PositiveFloat
from torch import Tensor

from alambic.stages.distill.teacher_targets import TeacherTargets, log_pair

READS = "tokens"
SIGNALS = {"online": "text"}


def objective(logits: Tensor, targets: TeacherTargets, *, temperature: PositiveFloat = 1.0) -> Tensor:
    """Return the divergence at each predicted token, in nats: logits (n, vocabulary) -> (n,)."""
    student, teacher = log_pair(logits, targets, temperature)
    return temperature**2 * (student.exp() * (student - teacher)).sum(dim=1)
