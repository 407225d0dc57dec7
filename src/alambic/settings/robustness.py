"""Test sets of rising noise, from which curves of a score against noise are drawn."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator

from alambic.settings.base import ItemName, Names, Once, Settings, check_options

FOLDER = "tasks.perturb.perturbations"
PERTURBED = "+"  # between the name of a test set and that of what changed its texts: silver+typos@0.5
AT = "@"  # between the name of a noise and its strength

# How large a rate is at strength 1, where the experiment names no noises: a fifth of the letters is hardly legible.
STRONGEST = {"abbreviations": 1.0, "typos": 0.2, "ocr": 0.2, "diacritics": 1.0, "upper_case": 1.0}
FROM_LABELS = ("abbreviations", "expansions")  # what needs labels in two wordings
ALL = "all"

Chosen = dict[str, dict[str, Any]]


class Robustness(Settings):
    """Further test sets: of each noise, one for each strength."""

    noises: Annotated[dict[ItemName, Chosen], Names(FOLDER, ordered=True, grouped=True)] = Field(
        {},
        description="names of noises: perturbations in turn, at their strongest; empty: typos, ocr, diacritics, "
        "upper_case, abbreviations where the task names labels for them, and all together",
    )
    strengths: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Once] = Field(
        [0.25, 0.5, 1.0], min_length=1, description="what the `rate` of each perturbation is multiplied by"
    )

    @field_validator("strengths", mode="after")
    @classmethod
    def check_names(cls, strengths: list[float]) -> list[float]:
        """Refuse strengths so near to each other that their test sets would bear one name."""
        by_name: dict[str, float] = {}
        for strength in strengths:
            name = f"{strength:g}"
            if name in by_name:
                raise ValueError(f"{by_name[name]!r} and {strength!r} are both named {name}: leave one of the two out")
            by_name[name] = strength
        return strengths

    def test_sets(self, *, with_labels: bool) -> dict[str, Chosen]:
        """Give the perturbations of each test set by its name, such as typos@0.5.

        `with_labels`: there are labels from which abbreviations are learnt. ValueError for a perturbation that has no
        `rate`, or lacks its labels.
        """
        noises = self.noises or _default_noises(with_labels=with_labels)
        return {
            f"{name}{AT}{strength:g}": {
                perturbation: _weaker(name, perturbation, options, strength, with_labels=with_labels)
                for perturbation, options in chosen.items()
            }
            for name, chosen in noises.items()
            for strength in sorted(self.strengths)
        }


def _default_noises(*, with_labels: bool) -> dict[str, Chosen]:
    rates = {name: {"rate": rate} for name, rate in STRONGEST.items() if with_labels or name not in FROM_LABELS}
    return {**{name: {name: options} for name, options in rates.items()}, ALL: rates}


def _weaker(noise: str, name: str, options: Mapping[str, Any], strength: float, *, with_labels: bool) -> dict[str, Any]:
    where = f"robustness.noises.{noise}.{name}"
    if name in FROM_LABELS and not with_labels:
        raise ValueError(f"{where}: name under `abbreviations` a collected source of labels in two wordings")
    checked = check_options(FOLDER, name, options)
    if not isinstance(checked.get("rate"), float):
        raise ValueError(f"{where}: has no option `rate`, which strengths multiply: put it under `perturb`")
    return {**checked, "rate": round(checked["rate"] * strength, 6)}
