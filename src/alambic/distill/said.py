"""What is known about the tokens that a student predicts: which they were, and what the teacher expected."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Said:
    """About n predicted tokens; without a teacher, only which they were."""

    labels: Tensor  # (n,) the student's id of the token that came
    ids: Tensor | None = None  # (n, k) ids of the teacher's vocabulary
    weights: Tensor | None = None  # (n, k) whose expectation is the teacher's distribution; zero where it said nothing
    entropies: Tensor | None = None  # (n,) of the teacher's distribution, in nats
    first: Tensor | None = (
        None  # (student's vocabulary,) the teacher's piece that each piece begins with; None: the same
    )
    size: int = 0  # of the teacher's vocabulary
    teacher_states: Tensor | None = None  # (n, width) of a teacher that reads beside the student
    teacher_table: Tensor | None = None  # (vocabulary, width) its output layer
    common: Tensor | None = None  # (2, c) the student's and the teacher's ids of pieces that mean the same

    def rows(self, chosen: slice) -> "Said":
        """Give some of the rows."""

        def cut(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[chosen]

        return replace(
            self,
            labels=self.labels[chosen],
            ids=cut(self.ids),
            weights=cut(self.weights),
            entropies=cut(self.entropies),
            teacher_states=cut(self.teacher_states),
        )


def log_probabilities(logits: Tensor, said: Said) -> tuple[Tensor, Tensor]:
    """Return the student's log-probabilities (n, k) of the teacher's pieces `said.ids`, and their weights (n, k).

    Where the student's vocabulary differs, a teacher's piece has the summed probability of the student's pieces that
    begin with it. One that no piece of the student begins with cannot be learnt: its weight becomes zero.
    """
    assert said.ids is not None and said.weights is not None
    if said.first is None:
        return logits.gather(1, said.ids) - logits.logsumexp(dim=1, keepdim=True), said.weights
    summed = torch.zeros(len(logits), said.size + 1, device=logits.device)
    summed = summed.index_add(1, said.first, torch.softmax(logits, dim=1)).gather(1, said.ids)
    exists = torch.zeros(said.size + 1, dtype=torch.bool, device=logits.device)
    exists[said.first] = True
    reachable = exists[said.ids]
    # The smallest normal number keeps the gradient finite where a probability has become zero.
    return torch.log(summed.clamp(min=torch.finfo(summed.dtype).tiny)), said.weights * reachable


def teacher_log_probabilities(said: Said, *, temperature: float = 1.0) -> Tensor:
    """Compute the whole distribution of a teacher that reads beside the student: (n, vocabulary), in fp32."""
    assert said.teacher_states is not None and said.teacher_table is not None
    with torch.no_grad():
        return (said.teacher_states @ said.teacher_table.T).float().div(temperature).log_softmax(dim=1)


def log_pair(logits: Tensor, said: Said, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """Give the student's and the teacher's log-probabilities of their common pieces, (n, pieces), softened.

    One of the two may have more numbers than the other, at the end: added special tokens, or rows that no piece uses.
    Divergences are multiplied by the temperature's square, which keeps the size of gradients (Hinton et al. 2015).
    """
    student = (logits / temperature).log_softmax(dim=1)
    teacher = teacher_log_probabilities(said, temperature=temperature)
    common = min(student.shape[1], teacher.shape[1])
    return student[:, :common], teacher[:, :common]
