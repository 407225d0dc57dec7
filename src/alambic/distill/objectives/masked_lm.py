"""Cross-entropy on hidden tokens: the student learns from the text alone, without a teacher.

Devlin et al. 2019 (arXiv 1810.04805), every chosen token being replaced by the mask.
"""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from alambic.distill.losses import Batch, Encoded
from alambic.distill.pooling import mean_over_sequences

READS = "masked"


def objective(encoded: Encoded, batch: Batch) -> Tensor:
    """Return the mean over sequences of the mean cross-entropy of their hidden tokens, in nats.

    encoded.states (batch, tokens, width), batch["labels"] (batch, tokens) with -100 where nothing is hidden -> scalar.
    """
    labels = batch["labels"]
    hidden = labels >= 0
    losses = torch.zeros_like(labels, dtype=torch.float32)
    logits = encoded.logits(encoded.states[hidden]).float()
    losses[hidden] = cross_entropy(logits, labels[hidden], reduction="none")
    return mean_over_sequences(losses, hidden)
