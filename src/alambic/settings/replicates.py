"""Models that are one recipe distilled from several seeds."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import Field

from alambic.errors import nearest
from alambic.settings.base import ItemName, Once
from alambic.settings.student import Distill

Replicates = Annotated[
    dict[ItemName, Annotated[list[str], Once, Field(min_length=2)]],
    Field(
        description="names, for `compare` and `promote`, of students that are one recipe distilled from several seeds: "
        "a comparison draws among them too"
    ),
]


def check_replicates(
    replicates: Mapping[str, list[str]],
    students: Mapping[str, Distill],
    names: Collection[str],
    models: Collection[str],
) -> None:
    """ValueError where a group bears a model's name, or its members are not fine-tuned, or differ in more than a seed.

    `names` are those of all models, `models` those that are fine-tuned.
    """
    for group, members in replicates.items():
        if group in names:
            raise ValueError(f"report.replicates.{group}: a model bears that name; expected another one")
        for member in members:
            if member not in models:
                raise ValueError(
                    f"report.replicates.{group}: no model '{member}' among finetune.models; {nearest(member, models)}"
                )
            if member not in students:
                raise ValueError(
                    f"report.replicates.{group}: '{member}' is no item of `distill`; expected students that differ in "
                    f"their seed alone; {nearest(member, list(students))}"
                )
        first = students[members[0]]
        for member in members[1:]:
            _check_alike(f"report.replicates.{group}", members[0], first, member, students[member])
        if len({students[member].seed for member in members}) < len(members):
            raise ValueError(f"report.replicates.{group}: two of {', '.join(members)} have the same seed")


def _check_alike(path: str, name: str, first: Distill, other_name: str, other: Distill) -> None:
    """ValueError where two students differ in more than their seed."""
    ours, theirs = (student.model_dump(mode="json", exclude={"seed"}) for student in (first, other))
    differing = sorted(key for key in ours if ours[key] != theirs[key])
    if differing:
        raise ValueError(
            f"{path}: '{name}' and '{other_name}' differ in {', '.join(differing)}; expected students that differ in "
            "their seed alone"
        )
