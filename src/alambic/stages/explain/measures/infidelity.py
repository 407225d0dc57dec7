"""Infidelity: how wrongly the values of words foretell what hiding some of them does to the score, squared.

Yeh et al. 2019 (arXiv 1901.09392), by captum, whose best scaling of an explanation is taken: its size does not count.
"""

import torch
from captum.metrics import infidelity
from pydantic import PositiveInt
from torch import Tensor

from alambic.stages.explain.subject import Subject
from alambic.stages.explain.word_masks import all_words, drawn_from, score_of_masks

BETTER = "lower"
JUDGES = "faithfulness"


def measure(subject: Subject, seed: int, *, samples: PositiveInt = 20) -> list[float]:
    """Give it for each explanation; words are hidden by even odds."""
    found = []
    for case, values in zip(subject.cases, subject.values, strict=True):
        with drawn_from(seed, case):
            value = infidelity(
                score_of_masks(subject.explained, case),
                _hide,
                all_words(case),
                torch.from_numpy(values).float()[None],
                n_perturb_samples=samples,
                normalize=True,
            )
        found.append(float(value[0]))
    return found


def _hide(kept: Tensor) -> tuple[Tensor, Tensor]:
    """Give what is taken away, and what stays."""
    hidden = torch.bernoulli(torch.full_like(kept, 0.5))
    return hidden, kept - hidden
