"""A whole experiment: its sections, and the names that must agree between them."""

from collections import Counter
from typing import Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError, model_validator

from alambic import plugins
from alambic.errors import nearest
from alambic.settings.base import ItemName, Settings, Share, describe
from alambic.settings.corpus import Clean, Collect, Fetch, Tokenizer
from alambic.settings.models import Adapt, Recipe, Teach
from alambic.settings.references import Reference, references
from alambic.settings.student import Distill
from alambic.settings.task import Task
from alambic.settings.terms import Terms

DICTIONARY = "dictionary"  # the name of the baseline that uses no model


class Taught(Settings):
    """A model that learns in fine-tuning also from what a fine-tuned teacher predicts of a corpus."""

    model: str = Field(description="which model is fine-tuned so")
    teacher: str = Field(description="a model of `finetune.models`: its fine-tuning of the same task and seed predicts")
    corpus: str = Field(description="a cleaned corpus")
    repeat: PositiveInt = Field(1, description="how often an epoch has each text of the task, and the corpus once")


class FinetuneSection(Recipe):
    """Which models are fine-tuned, how, and from which seeds."""

    models: list[str] = Field(min_length=1)
    taught: dict[ItemName, Taught] = Field(
        {}, description="names, for `models`, of models that a teacher helps to fine-tune"
    )
    seeds: list[NonNegativeInt] = Field([1, 2, 3], min_length=1)
    by_model: dict[str, dict[str, Any]] = Field(
        {}, description="what a model sets otherwise: depths differ in what they bear"
    )


class EvaluateSection(Settings):
    """How scores are computed."""

    resamples: PositiveInt = Field(5000, description="bootstrap resamples behind every interval and every p-value")
    confidence: Share = 0.95
    baselines: list[Literal["dictionary"]] = Field(
        ["dictionary"], description="what is scored without any model, on the tasks whose dataset names a baseline"
    )


class ReportSection(Settings):
    """What the report shows first."""

    title: str | None = None
    compare: list[tuple[str, str]] = Field([], description="pairs of models to test against each other")


class Experiment(Settings):
    """Everything that determines the numbers of one study."""

    name: ItemName
    description: str = ""
    release: Literal["open", "research", "none"] = Field(
        "none", description="how the students are meant to be passed on; terms that forbid it are an error"
    )
    licences: dict[str, Terms] = Field({}, description="terms of licences that are in no table")
    cite: dict[ItemName, str] = Field({}, description="what must be cited of a source or model, where it does not say")
    collect: dict[ItemName, Collect]
    clean: dict[ItemName, Clean] = {}
    fetch: dict[ItemName, Fetch] = {}
    adapt: dict[ItemName, Adapt] = {}
    tokenizer: dict[ItemName, Tokenizer] = {}
    teach: dict[ItemName, Teach] = {}
    distill: dict[ItemName, Distill] = {}
    tasks: dict[ItemName, Task] = {}
    finetune: FinetuneSection | None = None
    evaluate: EvaluateSection = EvaluateSection()
    report: ReportSection = ReportSection()

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Check that every name refers to an item that exists."""
        for stage in ("clean", "adapt", "tokenizer", "teach", "distill", "tasks"):
            for item, settings in getattr(self, stage).items():
                for reference in references(settings):
                    self._check_reference(f"{stage}.{item}.{reference.field}", reference)
        for item, teach in self.teach.items():
            if plugins.constant("stages.teach.signals", teach.signal, "FINETUNED", False):
                raise ValueError(
                    f"teach.{item}.signal: '{teach.signal}' are those of a model that was fine-tuned on a task: name a "
                    "student that learns from them under `finetune.taught`, and they are stored by themselves"
                )
        for item, student in self.distill.items():
            try:
                student.check_signal(self.teach[student.signal] if student.signal else None)
            except ValueError as error:
                raise ValueError(f"distill.{item}.{error}") from error
        for item in self.cite:
            known = [*self.collect, *self.fetch]
            if item not in known:
                raise ValueError(f"cite.{item}: no collect or fetch item of that name; {nearest(item, known)}")
        section = self.finetune or FinetuneSection(models=[DICTIONARY])
        names = Counter([*self.fetch, *self.adapt, *self.distill, *section.taught, DICTIONARY])
        clash = sorted(name for name, times in names.items() if times > 1)
        if clash:
            raise ValueError(
                f"{clash} names two models: a fetched one, an adapted one, a student, a taught one and '{DICTIONARY}' "
                "must differ"
            )
        models = [*section.models, *section.by_model, *(m for pair in self.report.compare for m in pair)]
        for model in models:
            known = list(names)
            if model not in known:
                raise ValueError(f"finetune.models or report.compare: no model '{model}'; {nearest(model, known)}")
        for name, taught in section.taught.items():
            self._check_taught(f"finetune.taught.{name}", taught, section)
        for task in self.tasks.values():
            for model in section.models:
                self.recipe_of(task, model)
        return self

    def _check_taught(self, place: str, taught: Taught, section: FinetuneSection) -> None:
        """Check that a taught model and its corpus exist, and that its teacher is fine-tuned without one."""
        known = {
            "model": [*self.fetch, *self.adapt, *self.distill],
            "teacher": [name for name in section.models if name not in section.taught],
            "corpus": list(self.clean),
        }
        for field, names in known.items():
            value = getattr(taught, field)
            if value not in names:
                where = " among finetune.models" * (field == "teacher")
                raise ValueError(f"{place}.{field}: no {field} named '{value}'{where}; {nearest(value, names)}")

    def _check_reference(self, place: str, reference: Reference) -> None:
        stages = [stage for stage in reference.stages if stage != "finetune"]  # whose items nobody names
        known = [item for stage in stages for item in getattr(self, stage)]
        if reference.name not in known:
            where = " or ".join(stages)
            raise ValueError(f"{place}: no {where} item named '{reference.name}'; {nearest(reference.name, known)}")

    def recipe_of(self, task: Task, model: str) -> Recipe:
        """Join the section `finetune`, what `model` sets otherwise, and what `task` does, which has the last word.

        A task, too, may set something otherwise for a model: `by_model`.
        """
        section = self.finetune or FinetuneSection(models=[DICTIONARY])
        common = {name: getattr(section, name) for name in Recipe.model_fields}
        if model in section.taught:
            common |= section.by_model.get(section.taught[model].model, {})
        own = {name: value for name, value in task.finetune.items() if name != "by_model"}
        by_model = task.finetune.get("by_model", {})
        known = [*self.fetch, *self.adapt, *self.distill, *section.taught]
        for name in by_model:
            if name not in known:
                raise ValueError(f"by_model of task '{task.task}': no model '{name}'; {nearest(name, known)}")
        try:
            return Recipe.model_validate(
                {**common, **section.by_model.get(model, {}), **own, **by_model.get(model, {})}
            )
        except ValidationError as error:
            details = [describe(detail, "", list(Recipe.model_fields)) for detail in error.errors()]
            raise ValueError(f"finetune of '{model}' on task '{task.task}': {'; '.join(details)}") from error
