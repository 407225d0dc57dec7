"""The way from a student's states to a teacher's of another width, where training begins: least squares on the corpus.

Drawn at random, as in TinyBERT, it would hide what a student that begins as a part of its teacher knows already.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from alambic.stages.distill.pooling import segment_means, teacher_means

SEQUENCES = 512  # that lie evenly over the corpus
AT_ONCE = 32
RIDGE = 1e-3  # of the mean variance of a student's dimension


@torch.no_grad()
def fit(
    projection: nn.Linear,
    states: Callable[[dict[str, Tensor]], Tensor],
    examples: Any,
    collate: Callable[[list[Any]], dict[str, Tensor]],
) -> None:
    """Set a linear layer to the ridge regression of the teacher's means over segments on the student's."""
    count = min(SEQUENCES, len(examples))
    places = [number * len(examples) // count for number in range(count)]
    ours, theirs = [], []
    for start in range(0, count, AT_ONCE):
        batch = collate([examples[index] for index in places[start : start + AT_ONCE]])
        has_target, targets = batch["counts"] > 0, teacher_means(batch)
        ours.append(segment_means(states(batch).float(), batch["segments"], targets.shape[1])[has_target].double())
        theirs.append(targets[has_target].double())
    weight, bias = ridge(torch.cat(ours), torch.cat(theirs))
    projection.weight.copy_(weight)
    projection.bias.copy_(bias)


def ridge(inputs: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Regress outputs (n, m) on inputs (n, k); return the weight (m, k) and the bias (m,)."""
    mean, target = inputs.mean(dim=0), outputs.mean(dim=0)
    centred = inputs - mean
    gram = centred.T @ centred
    gram += RIDGE * gram.diagonal().mean().clamp(min=1e-12) * torch.eye(len(gram), dtype=gram.dtype)
    weight = torch.linalg.solve(gram, centred.T @ (outputs - target)).T
    return weight, target - weight @ mean
