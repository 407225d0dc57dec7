"""Floating-point operations of a model for each token that it reads (Kaplan et al. 2020, arXiv 2001.08361, 2.1).

What attention adds over short texts is left out.
"""

FORWARD, TRAINING = 2, 6  # for each parameter that is no embedding


def flop_per_token(parameters: int, embedding_parameters: int) -> int:
    """Count those of a forward."""
    return FORWARD * (parameters - embedding_parameters)
