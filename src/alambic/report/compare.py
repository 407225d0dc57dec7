"""Two models on the same examples: the paired bootstrap.

Every model was resampled with the same draws of the same examples, so a pair is compared draw by draw (Koehn 2004). The
p values of a page are corrected together for the number of comparisons (Benjamini and Hochberg 1995, by scipy).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control

from alambic.errors import UserError
from alambic.report.gather import Campaign


@dataclass(frozen=True)
class Difference:
    """How much better `model` is than `other`; `p` is two-sided and corrected."""

    model: str
    other: str
    place: tuple[str, str, str]
    value: float
    low: float
    high: float
    p: float

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if self.low <= 0 <= self.high:
            return f"no difference is shown between {self.model} and {self.other}"
        return f"{self.model} is {'better' if self.value > 0 else 'worse'} than {self.other}"


def compare(campaign: Campaign, pairs: list[tuple[str, str]], *, confidence: float) -> list[Difference]:
    """Compare pairs of models on every task and dataset, by its main metric."""
    models = {model.name for model in campaign.models}
    found = []
    for model, other in pairs or default_pairs(campaign):
        for place in campaign.main_places if {model, other} <= models else []:
            found.append(_difference(campaign, model, other, place, confidence=confidence))
    corrected = false_discovery_control([one.p for one in found]) if found else []
    return [Difference(**{**vars(one), "p": float(p)}) for one, p in zip(found, corrected, strict=True)]


def default_pairs(campaign: Campaign) -> list[tuple[str, str]]:
    """Pair every student with everything that is not a student."""
    students = [model.name for model in campaign.models if model.kind == "student"]
    others = [model.name for model in campaign.models if model.kind != "student"]
    return [(student, other) for student in students for other in others]


def _difference(
    campaign: Campaign, model: str, other: str, place: tuple[str, str, str], *, confidence: float
) -> Difference:
    (ours, digest), (theirs, other_digest) = campaign.resamples(model, place), campaign.resamples(other, place)
    if digest != other_digest or len(ours) != len(theirs):
        raise UserError(f"{model} and {other} were not scored on the same examples of {'/'.join(place)}: run again")
    drawn = np.subtract(ours, theirs)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    value = campaign.summary[model, place].value - campaign.summary[other, place].value
    tail = 1 + min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return Difference(model, other, place, value, float(low), float(high), min(1.0, 2 * tail / (len(drawn) + 1)))
