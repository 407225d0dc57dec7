"""Area over the perturbation curve: the mean comprehensiveness over growing shares of words (Samek et al. 2017).

The shares are those of ERASER (DeYoung et al. 2020, arXiv 1911.03429).
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from alambic.stages.explain.subject import Subject, drops, most_important

BETTER = "higher"
JUDGES = "faithfulness"


def measure(
    subject: Subject,
    seed: int,
    *,
    shares: list[Annotated[float, Field(gt=0, le=1)]] = [0.01, 0.05, 0.1, 0.2, 0.5],  # noqa: B006
) -> list[float]:
    """Give the mean fall for each explanation."""
    falls = [drops(subject, [most_important(values, share) for values in subject.values]) for share in shares]
    return [float(value) for value in np.mean(falls, axis=0)]
