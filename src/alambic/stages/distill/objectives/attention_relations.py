"""Relations between the words of a text, as the teacher's attention sees them: MiniLMv2.

Wang et al. 2021 (arXiv 2012.15828): queries, keys and values are each cut into A relation heads; R = softmax(x x^T /
sqrt(d)) says how each word relates to the others; the loss is the mean over heads and words of KL(R teacher || R
student), summed over the three. Teacher and student may have other widths and numbers of heads. Taken here over the
segments that both tokenizers share, special tokens left out.
"""

import torch
from pydantic import PositiveInt
from torch import Tensor

from alambic.errors import UserError
from alambic.stages.distill.pooling import mean_over_sequences, segment_means

READS = "attention"
SIGNALS = {"attention_vectors": "text_with_vectors"}


def objective(states: Tensor, batch: dict[str, Tensor], *, heads: PositiveInt = 12) -> Tensor:
    """Return the divergence in nats.

    states (batch, tokens, 3 x width), batch["targets"] (batch, segments, 3 x teacher's width) -> scalar, 0 or more.
    UserError where `heads` does not divide a width.
    """
    targets, has_target = batch["targets"], batch["known"]
    means = segment_means(states.float(), batch["segments"], targets.shape[1])
    ours, theirs = relations(means, has_target, heads=heads), relations(targets, has_target, heads=heads)
    # Where nothing is known, a row is uniform in both: it adds nothing.
    divergence = (theirs.exp() * (theirs - ours)).nan_to_num().sum(dim=-1)  # (batch, 3, heads, segments)
    return mean_over_sequences(divergence.mean(dim=2).sum(dim=1), has_target)


def relations(vectors: Tensor, has_target: Tensor, *, heads: int) -> Tensor:
    """Give log R of queries, keys and values: (batch, segments, 3 x width) -> (batch, 3, heads, segments, segments)."""
    batch, segments, width = vectors.shape
    if width % (3 * heads):
        raise UserError(
            f"attention_relations.heads: {heads} does not divide the width {width // 3}; take another number"
        )
    cut = vectors.view(batch, segments, 3, heads, -1).permute(0, 2, 3, 1, 4)
    scores = cut @ cut.transpose(-1, -2) / cut.shape[-1] ** 0.5
    return scores.masked_fill(~has_target[:, None, None, None, :], torch.finfo(scores.dtype).min).log_softmax(dim=-1)
