"""Cross-entropy on the text: the student learns which tokens there are, without a teacher.

An encoder predicts hidden tokens (Devlin et al. 2019, arXiv 1810.04805, every chosen token being replaced by the mask),
a causal model the next one: L = -log q(token).
"""

from torch import Tensor
from torch.nn import functional

from alambic.stages.distill.teacher_targets import TeacherTargets

READS = "tokens"
SIGNALS: dict[str, str] = {}


def objective(logits: Tensor, targets: TeacherTargets) -> Tensor:
    """Return the loss of each predicted token, in nats: logits (n, vocabulary), targets.target_ids (n,) -> (n,)."""
    return functional.cross_entropy(logits, targets.target_ids, reduction="none")
