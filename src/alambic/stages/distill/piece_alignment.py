"""What a teacher expects of a student's longer pieces: the product of what it expects along its own.

A student's piece that the teacher cuts into several is known to it as a whole only where it came: the teacher read its
parts there, one after another. So the student's probability of that piece, among its pieces that begin with the same
part of the teacher's, is compared with the product of the teacher's probabilities of the further parts.
"""

from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.stages.distill.student.vocabulary import Parts, parts_of
from alambic.stages.distill.teacher_targets import TeacherTargets

NOTHING = np.nan  # where the teacher cut otherwise


def longer_parts(folder: Path, tokenizer: Any, vocabulary: int) -> Parts | None:
    """Give the teacher's pieces that each piece stands for; None where none stands for several."""
    parts = parts_of(folder, tokenizer, vocabulary)
    return parts if any(len(some) > 1 for some in parts) else None


def spans(parts: Parts) -> Tensor:
    """Put pieces in the order of their parts, in which those that begin alike are neighbours: (pieces, 5).

    The place of each; and from where to where, end excluded, those are that begin with all of its parts, and with its
    first one.
    """
    order = sorted(range(len(parts)), key=parts.__getitem__)
    ordered = [parts[number] for number in order]

    def beginning_with(some: tuple[int, ...]) -> tuple[int, int]:
        return bisect_left(ordered, some), bisect_left(ordered, (*some[:-1], some[-1] + 1))

    ranges = torch.tensor([(0, *beginning_with(some), *beginning_with(some[:1])) for some in parts])
    ranges[order, 0] = torch.arange(len(parts))
    return ranges


def multi_piece_log_probs(
    ids: np.ndarray, rows: np.ndarray, tokens: np.ndarray, log_probs: np.ndarray, parts: Parts
) -> np.ndarray:
    """Give the teacher's log-probabilities of the first part of each piece, and of the further ones after it: (n, 2).

    ids (n,) are the student's, rows (n,) say where the teacher begins a token with each, among its tokens (m,) with
    their log-probabilities (m,). NaN where it cut otherwise, and for pieces of one part, of which there is nothing to
    tell.
    """
    pieces = np.full((len(ids), 2), NOTHING, np.float32)
    for index, (number, row) in enumerate(zip(ids.tolist(), rows.tolist(), strict=True)):
        some, end = parts[number], row + len(parts[number])
        if len(some) > 1 and tuple(tokens[row:end].tolist()) == some:
            pieces[index] = log_probs[row], log_probs[row + 1 : end].sum(dtype=np.float32)
    return pieces


def divergence(logits: Tensor, targets: TeacherTargets) -> Tensor:
    """Return what tells a piece from those that begin alike adds to forward KL: logits (n, vocabulary) -> (n,), nats.

    p (a log(a / b) + (1 - a) log((1 - a) / (1 - b))): p is the teacher's probability of the first part, a that of the
    further parts after it, b the student's of the pieces that begin with all of them, among those that begin with the
    first. With the divergence between first parts, this is that between distributions over first parts, of which the
    one that came is cut in two. Zero where there is nothing to tell.
    """
    assert targets.multi_piece_log_probs is not None and targets.spans is not None
    divergences = logits.new_zeros(len(logits))
    span = targets.spans[targets.target_ids]
    longer = (span[:, 2] - span[:, 1] < span[:, 4] - span[:, 3]) & targets.multi_piece_log_probs[:, 1].isfinite()
    rows = longer.nonzero()[:, 0]
    if not len(rows):
        return divergences
    ranks, span, values = targets.spans[:, 0], span[rows], logits[rows]
    group, continuing = (_between(ranks, span[:, column], span[:, column + 1]) for column in (3, 1))
    of_group, of_own, of_rest = (_log_mass(values, some) for some in (group, continuing, group & ~continuing))
    first, further = targets.multi_piece_log_probs[rows].clamp(max=0.0).unbind(1)
    share = further.exp()
    rest = torch.special.xlogy(1 - share, 1 - share) - (1 - share) * (of_rest - of_group)
    return divergences.index_put((rows,), first.exp() * (share * (further - of_own + of_group) + rest))


def _between(rank: Tensor, begin: Tensor, end: Tensor) -> Tensor:
    return (rank >= begin[:, None]) & (rank < end[:, None])


def _log_mass(logits: Tensor, chosen: Tensor) -> Tensor:
    return logits.masked_fill(~chosen, -torch.inf).logsumexp(dim=1)
