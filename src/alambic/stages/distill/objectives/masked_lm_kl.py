"""Forward KL at hidden tokens, from a masked-language model's p to the student's q: sum of p log(p / q).

The soft targets of DistilBERT (Sanh et al. 2019, arXiv 1910.01108) at temperature 1, where teacher and student see the
same text with the same words hidden. From the store of `masked_tokens`, of p a sketch whose expectation is p; from a
online teacher, all of it.
"""

from torch import Tensor

from alambic.stages.distill.objectives import forward_kl
from alambic.stages.distill.teacher_targets import TeacherTargets

READS = "tokens"
SIGNALS = {"masked_tokens": "masked_text", "online": "text"}
FAMILIES = ("encoder",)


def objective(logits: Tensor, targets: TeacherTargets) -> Tensor:
    """Return the divergence at each hidden token, in nats: logits (n, vocabulary) -> (n,).

    From a sketch, a single value may be below zero: only its expectation over the sketch is the divergence.
    """
    return forward_kl.objective(logits, targets)
