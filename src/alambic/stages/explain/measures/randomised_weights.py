"""Randomised weights: how alike the explanation of a model is whose weights were shuffled, by rank correlation.

An explanation that stays does not depend on what the model learnt (Adebayo et al. 2018, arXiv 1810.03292).
"""

import copy
from dataclasses import replace

import torch

from alambic.stages.explain.explained import Explained
from alambic.stages.explain.likeness import spearman
from alambic.stages.explain.subject import Subject

BETTER = "lower"
JUDGES = "stability"  # a method that looks at nothing is as stable as can be: none is tested against it


def measure(subject: Subject, seed: int) -> list[float]:
    """Give it for each explanation, from 0 to 1."""
    if not subject.explained.differentiable:
        return [float("nan")] * len(subject.cases)
    shuffled = subject.method(_shuffled(subject.explained, seed), subject.cases)
    return [abs(spearman(one, other)) for one, other in zip(subject.values, shuffled, strict=True)]


def _shuffled(explained: Explained, seed: int) -> Explained:
    """Shuffle the numbers of each weight of a copy of the model: their sizes stay."""
    model, draws = copy.deepcopy(explained.model), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            order = torch.randperm(weight.numel(), generator=draws).to(weight.device)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return replace(explained, model=model)
