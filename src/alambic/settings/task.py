"""What a task may set, and what of it a corpus must know."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    Field,
    model_validator,
)

from alambic import plugins
from alambic.errors import nearest
from alambic.plugins import Location
from alambic.settings.base import CountedElsewhere, ItemName, Names, Once, Plugged, Refers, check_options


class Task(Plugged):
    """What models are compared on: data, the head that answers it, and metrics."""

    plugin_field: ClassVar[str] = "task"
    plugin_folder: ClassVar[str] = "tasks.datasets"
    task: str = Field(description="a module of tasks")
    data: Annotated[dict[str, str], Refers("collect")] = Field(
        {}, description="which collected source serves as which input of the task"
    )
    metrics: Annotated[list[str], CountedElsewhere("metrics of `evaluate`"), Once] = Field(
        [], description="modules of evaluate/metrics; empty: those that the task names"
    )
    finetune: Annotated[dict[str, Any], CountedElsewhere("recipe of `finetune`")] = Field(
        {}, description="what this task sets otherwise than the section `finetune`"
    )
    augment: Annotated[dict[str, dict[str, Any]], Names("tasks.perturb.perturbations", ordered=True)] = Field(
        {}, description="modules of perturb/perturbations: each training text gets a copy, changed by them in turn"
    )
    perturb: Annotated[
        dict[ItemName, dict[str, dict[str, Any]]], Names("tasks.perturb.perturbations", ordered=True, grouped=True)
    ] = Field({}, description="names of further test sets, and the perturbations that make each from the others")
    abbreviations: Annotated[str | None, Refers("collect")] = Field(
        None, description="collected labels in two wordings, from which words and their abbreviations are learnt"
    )
    head: Annotated[str, Names("tasks.heads"), CountedElsewhere("the dataset, which names it")] = Field(
        "", description="the module of tasks/heads that the dataset names, as it fills it in"
    )

    @property
    def baseline(self) -> str | None:
        """The module of tasks/baselines that the dataset names; None where it has none."""
        name: str | None = plugins.constant("tasks.datasets", self.task, "BASELINE", None)
        return name

    def as_learnt(self) -> Self:
        """Leave out what only scoring reads, so that a new perturbation trains nothing again."""
        return self.model_copy(update={"perturb": {}} | ({} if self.augment else {"abbreviations": None}))

    @model_validator(mode="after")
    def check_metrics(self) -> Self:
        """Take the task's own metrics where none is given, and check that they exist."""
        metrics = self.metrics or list(plugins.constant("tasks.datasets", self.task, "METRICS"))
        for name in metrics:
            check_options("stages.evaluate.metrics", name, {})
        object.__setattr__(self, "metrics", metrics)
        return self

    @model_validator(mode="after")
    def check_head(self) -> Self:
        """Take the head of the dataset, and refuse another."""
        head = plugins.constant("tasks.datasets", self.task, "HEAD")
        if self.head not in ("", head):
            raise ValueError(f"head: '{self.head}': task '{self.task}' is answered by '{head}', which it names itself")
        check_options("tasks.heads", head, {})
        object.__setattr__(self, "head", head)
        return self

    @model_validator(mode="after")
    def check_perturbations(self) -> Self:
        """Check each perturbation's options, and that there is something to learn abbreviations from."""

        def checked(chosen: dict[str, Any]) -> dict[str, Any]:
            perturbations = {
                name: check_options("tasks.perturb.perturbations", name, options) for name, options in chosen.items()
            }
            if not self.abbreviations and perturbations.keys() & {"abbreviations", "expansions"}:
                raise ValueError("abbreviations: name a collected source of labels in two wordings, such as icd10_fr")
            return perturbations

        object.__setattr__(self, "augment", checked(self.augment))
        object.__setattr__(self, "perturb", {name: checked(chosen) for name, chosen in self.perturb.items()})
        return self

    @model_validator(mode="after")
    def check_data(self) -> Self:
        """Check that every input of the task is given, and no other."""
        signature = plugins.signature("tasks.datasets", self.task)
        inputs = set(signature.inputs)
        for name in self.data.keys() - inputs:
            raise ValueError(f"data: unknown input '{name}' of task '{self.task}'; {nearest(name, inputs)}")
        for name in sorted(inputs - {*signature.optional} - self.data.keys()):
            raise ValueError(f"data: task '{self.task}' needs '{name}': the name of a collected source")
        return self


class ScoredTexts(Plugged):
    """What of a task determines the texts on which it may score: a corpus is made again for nothing else."""

    plugin_field: ClassVar[str] = "task"
    plugin_folder: ClassVar[str] = "tasks.datasets"
    plugin_function: ClassVar[str] = plugins.SCORED
    task: str = Field(description="a module of tasks")
    data: Annotated[dict[str, str], Refers("collect")] = Field({}, description="the sources that hold these texts")
    name: Annotated[str, Location()] = Field("", description="the task's, or the tasks' that share these texts")

    @classmethod
    def of(cls, name: str, task: Task) -> Self:
        """Take of a task what its function `scored_texts` takes."""
        signature = plugins.signature(cls.plugin_folder, task.task, cls.plugin_function)
        data = {role: source for role, source in task.data.items() if role in signature.inputs}
        options = {option: value for option, value in task.options.items() if option in signature.options.model_fields}
        return cls(name=name, task=task.task, data=data, options=options)
