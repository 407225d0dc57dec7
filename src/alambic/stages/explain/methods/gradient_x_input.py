"""Gradient x input: the slope of the answer's score at each word's embedding, times that embedding.

Simonyan et al. 2013 (arXiv 1312.6034), Shrikumar et al. 2016 (arXiv 1605.01713). One reading forwards and one back.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained

NEEDS = "gradients"


def explain(explained: Explained, cases: Sequence[Case], seed: int) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    found = explained.gradients(cases)
    return [
        case.by_word([(row.embeddings * row.gradient).sum(axis=1) for row in rows])
        for case, rows in zip(cases, found, strict=True)
    ]
