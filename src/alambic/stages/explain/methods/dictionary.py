"""Words that the task's labels and training texts know: an explanation that looks at no model.

A word of what a label says counts 1. Where labels say nothing, a word counts as much as the label is more frequent in
the training texts that have it; of an entity, the share of the word's places that bear its type.
"""

from collections.abc import Sequence

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.known_words import KnownWords

BASELINE = True


def explain(explained: Explained, cases: Sequence[Case], seed: int) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    known = KnownWords.of(explained.data)
    return [known.values(case) for case in cases]
