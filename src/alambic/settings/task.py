"""What a task may set, and what of it a corpus must know."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from alambic import plugins
from alambic.errors import nearest
from alambic.plugins import Location
from alambic.settings.base import CountedElsewhere, Names, Once, Plugged, Refers, check_item_name, check_options
from alambic.settings.robustness import AT, Robustness

DICTIONARY = "dictionary"  # the name of the baseline that uses no model
SCORE_LIMITS = ("test_limit", "calibration_limit")  # options that take fewer examples, of which none is learnt


def check_test_set(name: str) -> str:
    """Refuse a name for a further test set; it may end with a strength, as typos@0.5."""
    noise, at, strength = name.partition(AT)
    check_item_name(noise)
    if at and not strength.replace(".", "", 1).isdecimal():
        raise ValueError(f"'{name}': expected a strength after '{AT}', as in typos{AT}0.5")
    return name


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
        dict[Annotated[str, AfterValidator(check_test_set)], dict[str, dict[str, Any]]],
        Names("tasks.perturb.perturbations", ordered=True, grouped=True),
    ] = Field({}, description="names of further test sets, and the perturbations that make each from the others")
    robustness: Annotated[Robustness | None, CountedElsewhere("perturb, to which it adds its test sets")] = Field(
        None, description="further test sets of rising noise, as curves of robustness need; {} for the usual noises"
    )
    abbreviations: Annotated[str | None, Refers("collect")] = Field(
        None, description="collected labels in two wordings, from which words and their abbreviations are learnt"
    )
    head: Annotated[str, Names("tasks.heads"), CountedElsewhere("the dataset, which names it")] = Field(
        "", description="the module of tasks/heads that the dataset names, as it fills it in"
    )
    heads: Annotated[dict[str, str], CountedElsewhere("head, which the plan sets")] = Field(
        {}, description="for a model of `finetune.models`, another of the heads that the dataset allows"
    )
    models: Annotated[list[str], CountedElsewhere("finetune.models"), Once] = Field(
        [], description="those of `finetune.models` that are fine-tuned on it; empty: all of them"
    )
    reader: Annotated[str | None, CountedElsewhere("reader of `evaluate`")] = Field(
        None, description="a fine-tuned model that answers the exercises that were written: MODEL/TASK/seedN"
    )
    scorer: Annotated[str | None, CountedElsewhere("scorer of `evaluate`")] = Field(
        None, description="an encoder of this experiment (fetch, adapt or distill), whose tokens compare written texts"
    )

    @property
    def baseline(self) -> str | None:
        """The module of tasks/baselines that the dataset names; None where it has none."""
        name: str | None = plugins.constant("tasks.datasets", self.task, "BASELINE", None)
        return name

    @property
    def sets_calibration_apart(self) -> bool:
        """Whether an option asks for a part for calibration."""
        return any(self.options.get(option) for option in ("calibration_share", "calibration_years"))

    def as_learnt(self) -> Self:
        """Leave out what only scoring reads, so that a new perturbation trains nothing again."""
        without: dict[str, Any] = {"perturb": {}, "robustness": None}
        return self.model_copy(update=without | ({} if self.augment else {"abbreviations": None}))

    def without_score_limits(self) -> Self:
        """Leave out how many examples are scored or calibrated on: with more of them nothing is trained again."""
        fields = plugins.signature(self.plugin_folder, self.task).options.model_fields
        whole = {name: fields[name].default for name in SCORE_LIMITS if name in fields}
        return self.model_copy(update={"options": {**self.options, **whole}})

    def with_robustness(self, robustness: Robustness) -> Self:
        """Add the test sets of a section's noises, unless the task has its own; ValueError where they do not fit."""
        if self.robustness is not None:
            return self
        sets = robustness.test_sets(with_labels=self.abbreviations is not None)
        return self.model_copy(update={"robustness": robustness, "perturb": {**self.perturb, **sets}})

    @model_validator(mode="after")
    def check_metrics(self) -> Self:
        """Take the task's own metrics where none is given, and check that they exist."""
        metrics = self.metrics or list(plugins.constant("tasks.datasets", self.task, "METRICS"))
        for name in metrics:
            check_options("stages.evaluate.metrics", name, {})
            if plugins.constant("stages.evaluate.metrics", name, "READER", None) and not self.reader:
                raise ValueError(
                    f"reader: metric '{name}' needs a fine-tuned model that reads: expected MODEL/TASK/seedN, such as "
                    "student/questions/seed0"
                )
            if plugins.constant("stages.evaluate.metrics", name, "SCORER", None) and not self.scorer:
                raise ValueError(
                    f"scorer: metric '{name}' needs an encoder: expected a model of fetch, adapt or distill"
                )
        object.__setattr__(self, "metrics", metrics)
        return self

    def head_of(self, model: str) -> str:
        """Name the module of tasks/heads by which a model answers."""
        return self.heads.get(model, self.head)

    def answered_by(self, model: str, head: str = "") -> Self:
        """Take the head of one model, or another one."""
        return self.model_copy(update={"head": head or self.head_of(model), "heads": {}, "models": []})

    def models_of(self, models: list[str]) -> list[str]:
        """List those of `finetune.models` that are fine-tuned on it, in their order."""
        return [model for model in models if not self.models or model in self.models]

    @model_validator(mode="after")
    def check_head(self) -> Self:
        """Take the head of the dataset, and refuse those that it does not allow."""
        head = plugins.constant("tasks.datasets", self.task, "HEAD")
        allowed = [*dict.fromkeys((head, *plugins.constant("tasks.datasets", self.task, "HEADS", ())))]
        by = f"task '{self.task}' is answered by " + " or ".join(f"'{name}'" for name in allowed)
        if self.head not in ("", *allowed):
            raise ValueError(f"head: '{self.head}': {by}, which it names itself")
        for model, chosen in self.heads.items():
            if chosen not in allowed:
                raise ValueError(f"heads.{model}: '{chosen}': {by}; {nearest(chosen, allowed)}")
        for name in allowed:
            check_options("tasks.heads", name, {})
        object.__setattr__(self, "head", self.head or head)
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
        perturb = {name: checked(chosen) for name, chosen in self.perturb.items()}
        sets = self.robustness.test_sets(with_labels=self.abbreviations is not None) if self.robustness else {}
        for name in sets.keys() & perturb.keys():
            if perturb[name] != sets[name]:
                raise ValueError(f"perturb.{name}: `robustness` makes a test set of that name; give it another one")
        object.__setattr__(self, "perturb", {**perturb, **sets})
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

    @model_validator(mode="after")
    def check_metrics_fit(self) -> Self:
        """Refuse a metric of what is written where nothing is, and one whose lists the task does not name."""
        for name in self.metrics:
            heads = plugins.constant("stages.evaluate.metrics", name, "HEADS", ())
            if others := sorted({self.head, *self.heads.values()} - {*heads}) if heads else []:
                raise ValueError(f"metrics: '{name}' scores answers of {' or '.join(heads)}, not of {others[0]}")
            needs = plugins.constant("stages.evaluate.metrics", name, "NEEDS", ())
            if missing := [role for role in needs if role not in self.data]:
                raise ValueError(
                    f"metrics: '{name}' needs {' and '.join(missing)} under `data` of task '{self.task}': the names of "
                    "collected sources"
                )
        return self


class Dataset(Plugged):
    """What of a task says where its examples come from, and nothing of how they are changed or answered."""

    plugin_field: ClassVar[str] = "task"
    plugin_folder: ClassVar[str] = "tasks.datasets"
    task: str = Field(description="a module of tasks")
    data: Annotated[dict[str, str], Refers("collect")] = {}

    @classmethod
    def of(cls, task: Task) -> Self:
        """Take it of a task."""
        return cls(task=task.task, data=task.data, options=task.options)


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
