"""Shapley values of words: how much a word adds to those before it, over orders that are drawn.

Castro et al. 2009 (doi 10.1016/j.cor.2008.04.004), as captum computes them. As many readings as words for each order.
"""

from collections.abc import Sequence

import numpy as np
from captum.attr import ShapleyValueSampling
from pydantic import PositiveInt

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.word_masks import all_words, drawn_from, score_of_masks

AT_ONCE = 64  # readings that captum asks for together
SEEDED = True


def explain(explained: Explained, cases: Sequence[Case], seed: int, *, orders: PositiveInt = 10) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    values = []
    for case in cases:
        method = ShapleyValueSampling(score_of_masks(explained, case))
        with drawn_from(seed, case):
            found = method.attribute(all_words(case), n_samples=orders, perturbations_per_eval=AT_ONCE)
        values.append(found[0].numpy())
    return values
