"""Cross-entropy on what the teacher wrote: L = -log q(token), for each token of its text.

Sequence-level distillation (Kim and Rush 2016, arXiv 1606.07947, section 3.2): the teacher's distribution over whole
texts is put down to one text, its likeliest or one that it drew.
"""

from torch import Tensor

from alambic.stages.distill.objectives import cross_entropy
from alambic.stages.distill.teacher_targets import TeacherTargets

READS = "tokens"
SIGNALS = {"generated_texts": "generated_text"}


def objective(logits: Tensor, targets: TeacherTargets) -> Tensor:
    """Return the loss of each generated token, in nats: logits (n, vocabulary), targets.target_ids (n,) -> (n,)."""
    return cross_entropy.objective(logits, targets)
