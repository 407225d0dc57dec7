"""Forward KL over labels, from what a teacher would call a text, p, to what the student does, q: sum of p log(p/q).

The soft targets of Hinton et al. 2015 (arXiv 1503.02531, section 2): both distributions are softened by the
temperature, and the loss is multiplied by its square, which keeps the size of its gradient.
"""

from pydantic import PositiveFloat
from torch import Tensor
from torch.nn.functional import kl_div

READS = "labels"
SIGNALS = {"annotations": "labelled_text"}


def objective(logits: Tensor, teacher_log_probs: Tensor, *, temperature: PositiveFloat = 1.0) -> Tensor:
    """Return the mean over texts, in nats: logits (batch, labels), teacher_log_probs (batch, labels) -> scalar."""
    ours, theirs = ((values.float() / temperature).log_softmax(dim=1) for values in (logits, teacher_log_probs))
    return temperature**2 * kl_div(ours, theirs, reduction="batchmean", log_target=True)
