"""Forward KL divergence from the teacher's distribution p to the student's q: sum of p log(p / q).

The soft targets of Hinton et al. 2015 (arXiv 1503.02531) at temperature 1. Of p, only the sum of p log q is needed for
the gradient, which is linear in p: a sketch whose expectation is p gives the gradient of the whole distribution in
expectation (Anshumann et al. 2025, arXiv 2503.16870).
"""

from torch import Tensor
from torch.linalg import vecdot

from alambic.stages.distill.piece_alignment import divergence
from alambic.stages.distill.teacher_targets import TeacherTargets, log_pair, log_probabilities

READS = "tokens"
SIGNALS = {"next_tokens": "text_with_distributions", "online": "text"}


def objective(logits: Tensor, targets: TeacherTargets) -> Tensor:
    """Return the divergence at each predicted token, in nats: logits (n, vocabulary) -> (n,).

    From a sketch, a single value may be below zero: only its expectation over the sketch is the divergence. Where the
    student's pieces are longer than the teacher's, what came is compared as a whole too (`piece_alignment`).
    """
    if targets.teacher_logits is not None:
        student, teacher = log_pair(logits, targets)
        weight = teacher.exp()
        return vecdot(weight, teacher) - vecdot(weight, student)  # neither product is written down
    log_probs, weights = log_probabilities(logits, targets)
    assert targets.entropies is not None
    value = -(weights * log_probs).sum(dim=1) - targets.entropies
    return value if targets.multi_piece_log_probs is None else value + divergence(logits, targets)
