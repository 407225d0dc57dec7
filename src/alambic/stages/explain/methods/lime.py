"""LIME: the weights of a linear model that imitates the score near the text, on texts with words hidden by chance.

Ribeiro et al. 2016 (arXiv 1602.04938), by captum: a ridge regression, near texts count more (cosine kernel).
"""

from collections.abc import Sequence

import numpy as np
from captum.attr import LimeBase
from captum.attr._core.lime import get_exp_kernel_similarity_function
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.word_masks import all_words, drawn_from, hide_by_chance, ridge, score_of_masks

AT_ONCE = 64  # readings that captum asks for together
SEEDED = True


def explain(
    explained: Explained,
    cases: Sequence[Case],
    seed: int,
    *,
    samples: PositiveInt = 100,
    width: PositiveFloat = 0.75,
    ridge_penalty: NonNegativeFloat = 1.0,
) -> list[np.ndarray]:
    """Give of each case a value per word, (words,)."""
    near = get_exp_kernel_similarity_function("cosine", kernel_width=width)
    values = []
    for case in cases:
        method = LimeBase(
            score_of_masks(explained, case),
            ridge(ridge_penalty),
            near,
            hide_by_chance,
            perturb_interpretable_space=False,
            from_interp_rep_transform=None,
            to_interp_rep_transform=lambda hidden, given, **_: hidden,
        )
        with drawn_from(seed, case):
            found = method.attribute(all_words(case), n_samples=samples, perturbations_per_eval=AT_ONCE)
        values.append(found.reshape(-1).numpy())
    return values
