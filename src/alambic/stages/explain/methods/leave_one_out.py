"""Leave one out: how far the answer's score falls when a word is hidden, each word by itself.

Li et al. 2016 (arXiv 1612.08220). One reading for each word.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained


def explain(explained: Explained, cases: Sequence[Case], seed: int) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    whole = explained.scores(cases)
    without = [explained.masked_scores(case, ~np.eye(len(case.words), dtype=bool)) for case in cases]
    return [score - scores for score, scores in zip(whole, without, strict=True)]
