"""The targets of the tokens that a student predicts: which they were, and the teacher's distributions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class TeacherTargets:
    """The targets of n predicted tokens; without a teacher, only their ids."""

    target_ids: Tensor  # (n,) the student's id of the token that came
    ids: Tensor | None = None  # (n, k) ids of the teacher's vocabulary
    weights: Tensor | None = None  # (n, k) whose expectation is the teacher's distribution; zero where there is none
    entropies: Tensor | None = None  # (n,) of the teacher's distribution, in nats
    # (student's vocabulary,) the teacher's piece that each piece begins with; None: the same
    first: Tensor | None = None
    size: int = 0  # of the teacher's vocabulary
    spans: Tensor | None = None  # (student's vocabulary, 5) which pieces begin alike; see `piece_alignment.spans`
    # (n, 2) the teacher's log-probabilities of the first of its parts of the piece that came, and of the further ones
    multi_piece_log_probs: Tensor | None = None
    common: Tensor | None = None  # (2, c) the student's and the teacher's ids of pieces that mean the same
    # Of an online teacher: states (n, width) and output layer (vocabulary, width).
    online_teacher: tuple[Tensor, Tensor] | None = None
    teacher_logits: Tensor | None = None  # (n, vocabulary) of these, for few rows

    def rows(self, chosen: slice, teachers: Sequence[Tensor] = ()) -> "TeacherTargets":
        """Give some of the rows, with the logits of an online teacher if there is one."""

        def cut(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[chosen]

        return replace(
            self,
            target_ids=self.target_ids[chosen],
            ids=cut(self.ids),
            weights=cut(self.weights),
            entropies=cut(self.entropies),
            multi_piece_log_probs=cut(self.multi_piece_log_probs),
            online_teacher=None,
            teacher_logits=teachers[0] if teachers else cut(self.teacher_logits),
        )


def log_probabilities(logits: Tensor, targets: TeacherTargets) -> tuple[Tensor, Tensor]:
    """Return the student's log-probabilities (n, k) of the teacher's pieces `targets.ids`, and their weights (n, k).

    Where the student's vocabulary differs, a teacher's piece has the summed probability of the student's pieces that
    begin with it. One that no piece of the student begins with cannot be learnt: its weight becomes zero.
    """
    assert targets.ids is not None and targets.weights is not None
    if targets.first is None:
        return logits.log_softmax(dim=1).gather(1, targets.ids), targets.weights
    summed = torch.zeros(len(logits), targets.size + 1, device=logits.device)
    summed = summed.index_add(1, targets.first, torch.softmax(logits, dim=1)).gather(1, targets.ids)
    exists = torch.zeros(targets.size + 1, dtype=torch.bool, device=logits.device)
    exists[targets.first] = True
    reachable = exists[targets.ids]
    # The smallest normal number keeps the gradient finite where a probability has become zero.
    return torch.log(summed.clamp(min=torch.finfo(summed.dtype).tiny)), targets.weights * reachable


def log_pair(logits: Tensor, targets: TeacherTargets, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """Give the student's and the teacher's log-probabilities of their common pieces, (n, pieces), softened.

    One of the two may have more numbers than the other, at the end: added special tokens, or rows that no piece uses.
    Divergences are multiplied by the temperature's square, which keeps the size of gradients (Hinton et al. 2015).
    """
    assert targets.teacher_logits is not None
    student, teacher = (_softened(values, temperature) for values in (logits, targets.teacher_logits))
    common = min(student.shape[1], teacher.shape[1])
    return student[:, :common], teacher[:, :common]


def _softened(logits: Tensor, temperature: float) -> Tensor:
    return (logits if temperature == 1.0 else logits / temperature).log_softmax(dim=1)
