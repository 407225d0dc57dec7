"""A distribution over a vocabulary in a few bytes: its largest probabilities, and an unbiased sample of the rest.

What a student learns from a teacher by forward KL is the sum of p log q over the vocabulary: any weights whose
expectation is p give its gradient in expectation. The largest probabilities alone do not, whatever they are divided by
(Anshumann et al. 2025, arXiv 2503.16870, who sample everything; here only what the largest leave is sampled).
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor

CODES_PER_NAT = 12  # a code stands for exp(-code / CODES_PER_NAT)
LARGEST_CODE = 255
TAIL_UNITS = 65535


@dataclass(frozen=True)
class Sketch:
    """Sketches of n distributions."""

    top: Tensor  # (n, k) the most probable ids
    codes: Tensor  # (n, k) uint8, their probabilities, rounded at random without bias
    sampled: Tensor  # (n, m) ids drawn from the rest, in proportion to their probability
    tails: Tensor  # (n,) int32, the probability of the rest in units of 1 / TAIL_UNITS, rounded at random without bias

    def rows(self, rows: slice | Tensor) -> "Sketch":
        """Give some of the rows."""
        return Sketch(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def weights(self) -> tuple[Tensor, Tensor]:
        """Return ids (n, k + m) and weights (n, k + m), whose expectation is the distribution; ids may repeat."""
        share = self.tails.float() / TAIL_UNITS / max(1, self.sampled.shape[1])
        probabilities = torch.exp(-self.codes.float() / CODES_PER_NAT)
        rest = share.unsqueeze(1).expand(self.sampled.shape)
        return torch.cat([self.top.long(), self.sampled.long()], 1), torch.cat([probabilities, rest], 1)


def sketch(probabilities: Tensor, *, top: int, sampled: int, draws: Tensor) -> Sketch:
    """Sketch distributions, `probabilities` (n, vocabulary) in fp32; `draws` (n, top + 2) are uniform in [0, 1).

    The rest is sampled systematically: one draw, then equal steps through its cumulated probability.
    """
    largest, ids = probabilities.topk(top, dim=-1)
    rest = probabilities.scatter(1, ids, 0.0)
    cumulated = rest.cumsum(dim=-1, dtype=torch.float64)  # single precision would lose the small ones
    tail = cumulated[:, -1]
    steps = torch.arange(sampled, device=probabilities.device, dtype=torch.float64)
    places = (draws[:, top, None] + steps) / max(1, sampled) * tail[:, None]
    ids_of_rest = torch.searchsorted(cumulated, places, right=True).clamp(max=probabilities.shape[1] - 1)
    tails = torch.floor(tail * TAIL_UNITS + draws[:, top + 1]).clamp(max=TAIL_UNITS)
    return Sketch(ids, _codes(largest, draws[:, :top]), ids_of_rest, tails.to(torch.int32))


def _codes(probabilities: Tensor, draws: Tensor) -> Tensor:
    """Round each probability to one of the two codes around it, so that its expectation stays the same."""
    exact = -torch.log(probabilities.clamp(min=1e-30)) * CODES_PER_NAT
    upper = exact.floor().clamp(0, LARGEST_CODE - 1)
    high, low = torch.exp(-upper / CODES_PER_NAT), torch.exp(-(upper + 1) / CODES_PER_NAT)
    take_low = draws >= (probabilities - low) / (high - low)
    return (upper + take_low).to(torch.uint8)
