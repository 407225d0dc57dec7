"""Forward KL divergence from the teacher's distribution p to the student's q: sum of p log(p / q).

The soft targets of Hinton et al. 2015 (arXiv 1503.02531) at temperature 1. Of p, only the sum of p log q is needed for
the gradient, which is linear in p: a sketch whose expectation is p gives the gradient of the whole distribution in
expectation (Anshumann et al. 2025, arXiv 2503.16870).
"""

from torch import Tensor

from alambic.distill.said import Said, log_probabilities

READS = "tokens"
SIGNAL = "next_tokens"


def objective(logits: Tensor, said: Said) -> Tensor:
    """Return the divergence at each predicted token, in nats: logits (n, vocabulary) -> (n,).

    said.weights (n, k) over said.ids (n, k), said.entropies (n,). A single value may be below zero: only its
    expectation over the sketch is the divergence.
    """
    found, weights = log_probabilities(logits, said)
    assert said.entropies is not None
    return -(weights * found).sum(dim=1) - said.entropies
