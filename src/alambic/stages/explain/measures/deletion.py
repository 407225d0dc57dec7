"""Deletion: the area under the answer's probability while words are hidden, the most important first.

Petsiuk et al. 2018 (arXiv 1806.07421).
"""

from pydantic import PositiveInt

from alambic.stages.explain.subject import Subject, areas

BETTER = "lower"
JUDGES = "faithfulness"


def measure(subject: Subject, seed: int, *, steps: PositiveInt = 10) -> list[float]:
    """Give the area for each explanation, from 0 to 1."""
    return areas(subject, steps, inserted=False)
