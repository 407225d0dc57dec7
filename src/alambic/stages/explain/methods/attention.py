"""Attention: how much the answer attends to each word, as the mean of the heads of the last layer.

It has no sign, and says where a model looked, not what that did to its answer (Jain and Wallace 2019, arXiv
1902.10186).
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained

NEEDS = "attention"


def explain(explained: Explained, cases: Sequence[Case], seed: int) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    return [case.by_word(rows) for case, rows in zip(cases, explained.attention(cases), strict=True)]
