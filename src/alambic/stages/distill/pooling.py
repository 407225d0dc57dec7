"""Means over the segments that two tokenizers share."""

import torch
from torch import Tensor


def segment_means(states: Tensor, segments: Tensor, count: int) -> Tensor:
    """Average token states over segments.

    states (batch, tokens, width), segments (batch, tokens) with -1 for none -> (batch, count, width); a segment without
    token is zero.
    """
    weights = torch.nn.functional.one_hot(segments.clamp(min=0), count).to(states.dtype)
    weights = weights * (segments >= 0).unsqueeze(-1)
    totals = weights.transpose(1, 2) @ states
    return totals / weights.sum(dim=1).clamp(min=1).unsqueeze(-1)


def teacher_means(batch: dict[str, Tensor]) -> Tensor:
    """Average the teacher's vectors over segments: (batch, segments, width) fp32, zeros where there is no token.

    It is done on the student's device, where 8 bits arrive sooner. The sum of a segment is taken
    token by token, so that it is the same each time.
    """
    vectors = batch["states"].float() * batch["scales"].float()[:, None]
    counts = batch["counts"]
    totals = torch.segment_reduce(vectors, "sum", lengths=counts.flatten(), initial=0.0, unsafe=True)
    return (totals / counts.flatten().clamp(min=1)[:, None]).view(*counts.shape, -1)


def mean_over_sequences(values: Tensor, has_target: Tensor) -> Tensor:
    """Average (batch, segments) over the known segments of each sequence, then over the sequences."""
    per_sequence = (values * has_target).sum(dim=1) / has_target.sum(dim=1).clamp(min=1)
    return per_sequence.mean()
