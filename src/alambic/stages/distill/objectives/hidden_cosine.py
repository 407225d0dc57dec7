"""Cosine distance between the student's and the teacher's hidden states.

The term that DistilBERT adds to its soft cross-entropy (Sanh et al. 2019, arXiv 1910.01108), taken over the segments
that both tokenizers share rather than over tokens.
"""

from torch import Tensor
from torch.nn.functional import cosine_similarity

from alambic.stages.distill.pooling import mean_over_sequences, segment_means

READS = "states"
SIGNALS = {"hidden_states": "text_with_vectors"}


def objective(states: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Return the mean over segments of 1 - cos(student, teacher).

    states (batch, tokens, width), batch["targets"] (batch, segments, width) -> scalar in [0, 2].
    """
    targets = batch["targets"]
    means = segment_means(states.float(), batch["segments"], targets.shape[1])
    return mean_over_sequences(1 - cosine_similarity(means, targets, dim=-1), batch["known"])
