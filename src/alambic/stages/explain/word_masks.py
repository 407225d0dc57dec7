"""A text as a row of words that are there (1) or hidden (0), as captum's methods of hiding words take it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnRidge
from torch import Tensor

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained


def all_words(case: Case) -> Tensor:
    """Give the text as it is, (1, words)."""
    return torch.ones(1, len(case.words))


def score_of_masks(explained: Explained, case: Case) -> Callable[[Tensor], Tensor]:
    """Give what scores texts (n, words) with some words hidden: (n,)."""

    def score(kept: Tensor) -> Tensor:
        return torch.from_numpy(explained.masked_scores(case, kept.detach().cpu().numpy() > 0.5))

    return score


def hide_by_chance(kept: Tensor, **_: Any) -> Tensor:
    """Hide each word with odds of one half."""
    return torch.bernoulli(torch.full_like(kept, 0.5))


def ridge(penalty: float) -> SkLearnRidge:
    """Give a linear model that is held back by a penalty."""
    return SkLearnRidge(alpha=penalty)


def generator_of(seed: int, case: Case) -> np.random.Generator:
    """Give draws that depend on the seed, the text and its answer alone."""
    return np.random.default_rng([seed, crc32(f"{case.example.id}/{case.target}".encode(errors="surrogatepass"))])


@contextmanager
def drawn_from(seed: int, case: Case) -> Iterator[None]:
    """Have torch and numpy draw what `generator_of` gives, and nothing that follows depend on it."""
    number = int(generator_of(seed, case).integers(2**31))
    before = np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number)
        np.random.seed(number)
        try:
            yield
        finally:
            np.random.set_state(before)
