"""Values drawn by chance: what every other method is measured against."""

from collections.abc import Sequence

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.word_masks import generator_of

SEEDED = True


BASELINE = True


def explain(explained: Explained, cases: Sequence[Case], seed: int) -> list[np.ndarray]:
    """Give of each case a value per word, (words,), from a normal distribution."""
    return [generator_of(seed, case).normal(size=len(case.words)) for case in cases]
