"""Squared distance between the student's and the teacher's hidden states, in units of the teacher's own variance.

The hidden-state loss of TinyBERT (Jiao et al. 2020, arXiv 1909.10351, eq. 8), over the segments that both tokenizers
share. The division makes 1 the loss of a student that always gives the teacher's mean.
"""

from torch import Tensor

from alambic.stages.distill.pooling import mean_over_sequences, segment_means

READS = "states"
SIGNALS = {"hidden_states": "text_with_vectors"}


def objective(states: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Return the mean over segments of |student - teacher|^2 / variance of the teacher's states on the corpus.

    states (batch, tokens, width), batch["targets"] (batch, segments, width),
    batch["variance"] () -> scalar, 0 or more.
    """
    targets, has_target = batch["targets"], batch["known"]
    means = segment_means(states.float(), batch["segments"], targets.shape[1])
    return mean_over_sequences((means - targets).square().sum(dim=-1) / batch["variance"], has_target)
