"""What is known about the tokens that a student predicts: which they were, and what the teacher expected."""

from dataclasses import dataclass

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

    def rows(self, chosen: slice) -> "Said":
        """Give some of the rows."""

        def cut(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[chosen]

        return Said(self.labels[chosen], cut(self.ids), cut(self.weights), cut(self.entropies), self.first, self.size)


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
