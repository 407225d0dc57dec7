"""Sensitivity: the largest change of an explanation, as a share of its size, where one word is hidden by chance.

Yeh et al. 2019 (arXiv 1901.09392), by captum. The method explains each changed text anew: it costs as often as much.
"""

import numpy as np
import torch
from captum.metrics import sensitivity_max
from pydantic import PositiveInt
from torch import Tensor

from alambic.stages.explain.case import Case
from alambic.stages.explain.subject import Subject
from alambic.stages.explain.word_masks import all_words, drawn_from

BETTER = "lower"
JUDGES = "stability"  # a method that looks at nothing is as stable as can be: none is tested against it


def measure(subject: Subject, seed: int, *, samples: PositiveInt = 3) -> list[float]:
    """Give it for each explanation."""
    found = []
    for case in subject.cases:
        with drawn_from(seed, case):
            value = sensitivity_max(
                lambda kept, case=case: _explain(subject, case, kept),
                all_words(case),
                perturb_func=_hide_one,
                n_perturb_samples=samples,
            )
        found.append(float(value[0]))
    return found


def _explain(subject: Subject, case: Case, kept: Tensor | tuple[Tensor, ...]) -> tuple[Tensor]:
    """Explain texts (n, words) of which some words are hidden: (n, words)."""
    shown = (kept[0] if isinstance(kept, tuple) else kept).numpy() > 0.5
    changed = [case.hide(~words, subject.explained.fill) for words in shown]
    return (torch.from_numpy(np.stack(subject.method(subject.explained, changed))).float(),)


def _hide_one(kept: Tensor | tuple[Tensor, ...], *_: object) -> tuple[Tensor]:
    shown = (kept[0] if isinstance(kept, tuple) else kept).clone()
    places = torch.randint(shown.shape[1], (len(shown),))
    shown[torch.arange(len(shown)), places] = 0
    return (shown,)
