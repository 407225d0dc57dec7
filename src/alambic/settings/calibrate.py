"""Which units a machine may answer alone: what an experiment asks for, and what the stage is given."""

from collections.abc import Collection, Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from alambic.errors import nearest
from alambic.settings.base import Once, Plugged, Refers, Settings, StageSettings
from alambic.settings.task import Task

Guarantee = Literal["all", "group"]  # of the risk of all automated units together, or of each group on its own
ALL: Final = "all"
GROUP: Final = "group"
Risk = Annotated[float, Field(gt=0, lt=0.5)]
Part = Annotated[float, Field(gt=0, lt=1)]


class Shares(Settings):
    """How units are shared out."""

    fit: Part = Field(0.3, description="of the calibration units: on which the confidence is fitted")
    calibration: Part = Field(
        0.5, description="of the test units: set apart for calibration, where the task has no such part"
    )


class _Calibration(Plugged):
    """What both have; the options of the method stand among the other fields."""

    plugin_field: ClassVar[str] = "method"
    plugin_folder: ClassVar[str] = "stages.calibrate.methods"
    method: str = Field("fixed_sequence", description="a module of calibrate/methods, by which thresholds are chosen")
    shares: Shares = Shares()
    alphas: Annotated[list[Risk], Once] = Field(
        [0.01, 0.02, 0.05], min_length=1, description="risks: the share of automated units that may be wrong"
    )
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        0.95, description="with which each risk is guaranteed, over calibration sets"
    )
    datasets: Annotated[list[str], Once] = Field(
        [], description="the test sets on which it is judged; empty: all but the perturbed ones. Others are looked at"
    )
    groups: str = Field("", description="an attribute of the examples, such as chapter, by which shares are told")
    groups_from: Literal["answer", "data"] = Field(
        "answer",
        description="answer: the group of what was answered, as calibration examples with that right answer have it; "
        "data: the attribute itself, which must be known before anybody has answered",
    )
    periods: str = Field("year", description="an attribute whose values follow each other, by which drift is told")
    minutes: NonNegativeFloat = Field(3.0, description="that a person takes for a unit, for the hours saved")
    resamples: Annotated[PositiveInt, Field(le=100_000)] = Field(
        1000, description="calibration sets drawn to see how often the guarantee holds"
    )
    set_confidence: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        0.9, description="with which the labels that a person is shown hold all the right ones"
    )
    seed: NonNegativeInt = Field(0, description="of the shares and of what is resampled")


class CalibrateItem(_Calibration):
    """Find which units of a task can be answered without a person, at each risk."""

    task: str = Field(description="one of `tasks`")
    systems: Annotated[list[str], Once] = Field(
        min_length=1,
        description="scored models, systems of evaluate.predictions or the dictionary: the first one answers, with its "
        "first seed; how far the others agree tells how sure that is",
    )

    def resolved(self, tasks: Mapping[str, Task]) -> "Calibrate":
        """Name the answers of each system, and put in the task."""
        predictions = [f"{system}/{self.task}" for system in self.systems]
        chosen = dict(self.model_dump(), predictions=predictions, task=tasks[self.task])
        return Calibrate.model_validate(chosen)


class Calibrate(_Calibration, StageSettings):
    """Find which units can be answered without a person, at a risk that is guaranteed; no model is opened."""

    predictions: Annotated[list[str], Refers("predict")] = Field(min_length=1, description="the first one answers")
    systems: list[str] = Field([], description="their names, in the same order")
    task: Task = Field(description="whose training texts tell how new a wording is")

    @model_validator(mode="after")
    def check_systems(self) -> Self:
        """Name each system once."""
        if len(self.systems) != len(self.predictions):
            raise ValueError(f"systems: {len(self.systems)} names for {len(self.predictions)} predictions")
        return self


def check_calibrate(
    items: Mapping[str, CalibrateItem],
    scored: Mapping[str, Collection[str]],
    tasks: Mapping[str, Task],
    replicates: Collection[str],
    test_sets: Mapping[str, Collection[str] | None],
) -> None:
    """ValueError where a task or a test set of it is not there, or a system has no answers to it.

    `scored` gives the tasks of each system; replicates answer nothing by themselves. `test_sets` gives the names of
    each task's test sets, where they are known before its data are.
    """
    for item, section in items.items():
        if section.task not in tasks:
            raise ValueError(f"calibrate.{item}.task: no task '{section.task}'; {nearest(section.task, list(tasks))}")
        known = [name for name, answered in scored.items() if section.task in answered and name not in replicates]
        for name in section.systems:
            if name not in known:
                raise ValueError(
                    f"calibrate.{item}.systems: '{name}' answers nothing to task '{section.task}': name a model of "
                    f"finetune.models, a system of evaluate.predictions, or 'dictionary'; {nearest(name, known)}"
                )
        if (names := test_sets.get(section.task)) is not None:
            for name in section.datasets:
                if name not in names:
                    raise ValueError(
                        f"calibrate.{item}.datasets: no test set '{name}' of task '{section.task}'; "
                        f"{nearest(name, names)}"
                    )
