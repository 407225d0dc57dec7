"""Comprehensiveness: how far the answer's probability falls without the most important words.

DeYoung et al. 2020 (ERASER, arXiv 1911.03429).
"""

from typing import Annotated

from pydantic import Field

from alambic.stages.explain.subject import Subject, drops, most_important

BETTER = "higher"
JUDGES = "faithfulness"


def measure(subject: Subject, seed: int, *, share: Annotated[float, Field(gt=0, le=1)] = 0.2) -> list[float]:
    """Give the fall for each explanation."""
    return drops(subject, [most_important(values, share) for values in subject.values])
