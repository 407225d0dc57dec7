"""Integrated gradients: the slope on the way from a text whose words are all hidden to the text, times what changed.

Sundararajan et al. 2017 (arXiv 1703.01365): the values of all words add up to the change of the score. The way is cut
into steps, each read at its middle.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import PositiveInt

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained

NEEDS = "gradients"


def explain(explained: Explained, cases: Sequence[Case], seed: int, *, steps: PositiveInt = 16) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    shares = (np.arange(steps) + 0.5) / steps
    values = [np.zeros(len(case.words)) for case in cases]
    for share in shares.tolist():  # all cases at once, so that a batch has texts of one length
        for number, rows in enumerate(explained.gradients(cases, at=[share] * len(cases))):
            moved = [((row.embeddings - row.hidden) * row.gradient).sum(axis=1) / steps for row in rows]
            values[number] += cases[number].by_word(moved)
    return values
