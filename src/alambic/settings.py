"""What an experiment may set: one strict class per stage.

A section of the experiment bears the name of its stage and maps the names of its items to their settings. A field may
name an item of another stage (`Refers`) or a plug-in; both are checked here, before anything runs.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from alambic import plugins
from alambic.errors import UserError, nearest
from alambic.plugins import Location

Share = Annotated[float, Field(ge=0, le=1)]
ItemName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
DICTIONARY = "dictionary"  # the name of the baseline that uses no model


class Refers:
    """Marks a field that names items of one of these stages."""

    def __init__(self, *stages: str) -> None:
        self.stages = stages


class Settings(BaseModel):
    """Settings that refuse unknown keys and never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Plugged(Settings):
    """Settings of an item that one plug-in makes; the plug-in's options stand beside the other fields."""

    plugin_field: ClassVar[str]
    plugin_folder: ClassVar[str]
    options: dict[str, Any] = Field({}, description="what the plug-in accepts, defaults included")

    @model_validator(mode="before")
    @classmethod
    def gather_options(cls, values: Any) -> Any:
        """Move the keys that are not fields of this class under `options`."""
        if not isinstance(values, dict):
            return values
        own = {key: value for key, value in values.items() if key in cls.model_fields}
        rest = {key: value for key, value in values.items() if key not in cls.model_fields}
        return {**own, "options": {**own.get("options", {}), **rest}}

    @model_validator(mode="after")
    def check_options(self) -> Self:
        """Check the options against the plug-in's signature, and fill in its defaults."""
        checked = check_options(self.plugin_folder, getattr(self, self.plugin_field), self.options, type(self))
        object.__setattr__(self, "options", checked)
        return self


def check_options(folder: str, name: str, options: Any, owner: type[BaseModel] | None = None) -> dict[str, Any]:
    """Check options against the signature of plug-in `name`; return them with its defaults filled in."""
    try:
        model = plugins.signature(folder, name).options
        return model.model_validate(options or {}).model_dump(mode="json")
    except UserError as error:
        raise ValueError(str(error)) from error
    except ValidationError as error:
        known = [*model.model_fields, *(owner.model_fields if owner else ())]
        raise ValueError("; ".join(_describe(detail, f"{name}.", known) for detail in error.errors())) from error


class Collect(Plugged):
    """Bring the documents of one source."""

    plugin_field: ClassVar[str] = "source"
    plugin_folder: ClassVar[str] = "collect.sources"
    source: str = Field(description="a module of collect/sources")


class Fetch(Plugged):
    """Bring one pretrained model, at a pinned revision."""

    plugin_field: ClassVar[str] = "origin"
    plugin_folder: ClassVar[str] = "fetch.origins"
    origin: str = Field(description="a module of fetch/origins")


class Tokenizer(Settings):
    """Fit a model's tokenizer to a corpus: learn medical pieces, drop the pieces that French never uses."""

    base: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    added_pieces: NonNegativeInt = Field(1000, description="how many pieces to learn from the corpus")
    minimum_count: PositiveInt = Field(5, description="a learnt piece must be seen that often in the corpus")
    trim: bool = Field(True, description="drop the base pieces that neither the corpus nor general French uses")
    general_pieces: NonNegativeInt = Field(
        8000, description="how many of the base's most frequent pieces in French letters stay, whatever the corpus says"
    )


class Teach(Plugged):
    """Store what a teacher says about a corpus."""

    plugin_field: ClassVar[str] = "signal"
    plugin_folder: ClassVar[str] = "teach.signals"
    teacher: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    signal: str = Field(description="a module of teach/signals")
    documents_per_shard: PositiveInt = Field(2000, description="a killed job loses one shard at most")


class Optimization(Settings):
    """How weights are trained; the batch is global, whatever the number of ranks."""

    batch_size: PositiveInt = Field(32, description="sequences per optimizer step, over all ranks")
    epochs: PositiveInt = 1
    learning_rate: PositiveFloat = 5e-4
    weight_decay: NonNegativeFloat = 0.01
    warmup: Share = Field(0.06, description="share of the steps over which the learning rate grows")
    max_gradient_norm: PositiveFloat = 1.0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"


class Distill(Optimization):
    """Train a student on a corpus, with a teacher's stored signal or without."""

    teacher: Annotated[str, Refers("fetch")] = Field(description="gives the architecture, and the initial weights")
    tokenizer: Annotated[str, Refers("tokenizer")]
    corpus: Annotated[str, Refers("clean")]
    signal: Annotated[str | None, Refers("teach")] = None
    layers: list[NonNegativeInt] = Field(min_length=1, description="the teacher's layers that the student keeps")
    initial: Literal["teacher", "random"] = "teacher"
    objectives: dict[str, dict[str, Any]] = Field(
        min_length=1, description="modules of distill/objectives with their weight and options"
    )
    sequence_length: PositiveInt = Field(128, description="tokens; longer documents are cut into several sequences")
    seed: NonNegativeInt = 0

    @field_validator("objectives", mode="after")
    @classmethod
    def check_objectives(cls, objectives: dict[str, Any]) -> dict[str, Any]:
        """Check each objective's options, and the weight that every objective has."""
        checked = {}
        for name, options in objectives.items():
            own = dict(options or {})
            weight = own.pop("weight", 1.0)
            if not isinstance(weight, int | float) or weight < 0:
                raise ValueError(f"{name}.weight: {weight!r}: expected a number of at least 0")
            checked[name] = {"weight": float(weight), **check_options("distill.objectives", name, own)}
        return checked


class Task(Plugged):
    """What models are compared on: data, a kind of prediction, and metrics."""

    plugin_field: ClassVar[str] = "task"
    plugin_folder: ClassVar[str] = "tasks"
    task: str = Field(description="a module of tasks")
    data: Annotated[dict[str, str], Refers("collect")] = Field(
        {}, description="which collected source serves as which input of the task"
    )
    metrics: list[str] = Field([], description="modules of evaluate/metrics; empty: those that the task names")
    finetune: dict[str, Any] = Field({}, description="what this task sets otherwise than the section `finetune`")

    @model_validator(mode="after")
    def check_metrics(self) -> Self:
        """Take the task's own metrics where none is given, and check that they exist."""
        metrics = self.metrics or list(plugins.constant("tasks", self.task, "METRICS"))
        for name in metrics:
            check_options("evaluate.metrics", name, {})
        object.__setattr__(self, "metrics", metrics)
        return self

    @model_validator(mode="after")
    def check_data(self) -> Self:
        """Check that every input of the task is given, and no other."""
        wanted = set(plugins.signature("tasks", self.task).inputs)
        for name in self.data.keys() - wanted:
            raise ValueError(f"data: unknown input '{name}' of task '{self.task}'; {nearest(name, wanted)}")
        for name in sorted(wanted - self.data.keys()):
            raise ValueError(f"data: task '{self.task}' needs '{name}': the name of a collected source")
        return self


class Clean(Settings):
    """Make one corpus from the documents of several sources."""

    sources: Annotated[list[str], Refers("collect")] = Field(min_length=1)
    steps: dict[str, dict[str, Any]] = Field(
        {"normalise": {}, "length": {}, "language": {}, "exact_duplicates": {}, "near_duplicates": {}},
        validate_default=True,  # or a job, which reads them back, would find other options than were planned
        description="modules of clean/steps with their options, in the order in which they are taken",
    )
    excluding: Annotated[list[str], Refers("tasks")] = Field(
        [], description="tasks whose test texts are left out, so that no model has read what it is scored on"
    )
    excluded: list[Task] = Field([], description="the same tasks, as the plan fills them in")
    held_out: Share = Field(0.05, description="share of the documents kept apart, chosen by their hash")

    @field_validator("steps", mode="after")
    @classmethod
    def check_steps(cls, steps: dict[str, Any]) -> dict[str, Any]:
        """Check each step's options."""
        return {name: check_options("clean.steps", name, options) for name, options in steps.items()}


class Recipe(Optimization):
    """How a model is fine-tuned on a task."""

    batch_size: PositiveInt = 32
    epochs: PositiveInt = 3
    learning_rate: PositiveFloat = 2e-4
    max_length: PositiveInt = Field(128, description="tokens; longer texts are cut into overlapping windows")
    train_embeddings: bool = Field(False, description="also the table of pieces, most of a small model's weights")


class FinetuneSection(Recipe):
    """Which models are fine-tuned, how, and from which seeds."""

    models: list[str] = Field(min_length=1)
    seeds: list[NonNegativeInt] = Field([1, 2, 3], min_length=1)
    by_model: dict[str, dict[str, Any]] = Field(
        {}, description="what a model sets otherwise: depths differ in what they bear"
    )


class Finetune(Settings):
    """Fine-tune one model on one task from one seed."""

    model: Annotated[str, Refers("fetch", "distill")]
    task: Task
    recipe: Recipe
    seed: NonNegativeInt


class EvaluateSection(Settings):
    """How scores are computed."""

    resamples: PositiveInt = Field(1000, description="bootstrap resamples behind every interval")
    confidence: Share = 0.95
    baselines: list[Literal["dictionary"]] = Field(["dictionary"], description="what is scored without any model")


class Evaluate(Settings):
    """Score one model, or the dictionary, on one task, over all its seeds."""

    finetuned: Annotated[list[str], Refers("finetune")] = Field([], description="empty: the dictionary")
    task: Task
    metrics: list[str] = []
    seeds: list[NonNegativeInt] = []
    resamples: PositiveInt = 1000
    confidence: Share = 0.95


class ReportSection(Settings):
    """What the report shows first."""

    title: str | None = None
    compare: list[tuple[str, str]] = Field([], description="pairs of models to test against each other")


class Report(Settings):
    """Show an experiment's artifacts on one page."""

    experiment: str
    title: str | None = None
    compare: list[tuple[str, str]] = []
    items: list[str] = Field(description="`stage/item` of every artifact, in the order of the inputs")
    artifacts: Annotated[list[str], Refers("*")] = Field(description="the same, as references")


class Experiment(Settings):
    """Everything that determines the numbers of one study."""

    name: ItemName
    description: str = ""
    collect: dict[ItemName, Collect]
    clean: dict[ItemName, Clean] = {}
    fetch: dict[ItemName, Fetch] = {}
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
        for stage in ("clean", "tokenizer", "teach", "distill", "tasks"):
            for item, settings in getattr(self, stage).items():
                for reference in references(settings):
                    self._check_reference(f"{stage}.{item}.{reference.field}", reference)
        clash = self.fetch.keys() & (self.distill.keys() | {DICTIONARY}) | (self.distill.keys() & {DICTIONARY})
        if clash:
            raise ValueError(
                f"{sorted(clash)} names two models: a fetched one, a student and '{DICTIONARY}' must differ"
            )
        section = self.finetune or FinetuneSection(models=[DICTIONARY])
        models = [*section.models, *section.by_model, *(m for pair in self.report.compare for m in pair)]
        for model in models:
            known = [*self.fetch, *self.distill, DICTIONARY]
            if model not in known:
                raise ValueError(f"finetune.models or report.compare: no model '{model}'; {nearest(model, known)}")
        for task in self.tasks.values():
            for model in section.models:
                self.recipe_of(task, model)
        return self

    def _check_reference(self, place: str, reference: "Reference") -> None:
        known = [item for stage in reference.stages for item in getattr(self, stage)]
        if reference.name not in known:
            stages = " or ".join(reference.stages)
            raise ValueError(f"{place}: no {stages} item named '{reference.name}'; {nearest(reference.name, known)}")

    def recipe_of(self, task: Task, model: str) -> Recipe:
        """Join the section `finetune`, what `model` sets otherwise, and what `task` does, which has the last word."""
        section = self.finetune or FinetuneSection(models=[DICTIONARY])
        common = {name: getattr(section, name) for name in Recipe.model_fields}
        try:
            return Recipe.model_validate({**common, **section.by_model.get(model, {}), **task.finetune})
        except ValidationError as error:
            details = [_describe(detail, "", list(Recipe.model_fields)) for detail in error.errors()]
            raise ValueError(f"finetune of '{model}' on task '{task.task}': {'; '.join(details)}") from error


class Reference(Settings):
    """A field's mention of another item."""

    field: str
    role: str
    name: str
    stages: tuple[str, ...]


def references(settings: Settings) -> Iterator[Reference]:
    """Yield every mention of another item, in the order of the fields; the role is the field, or the key in it."""
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        stages = next((mark.stages for mark in info.metadata if isinstance(mark, Refers)), None)
        if stages is None:
            for prefix, inner in _nested(field, value):
                yield from (found.model_copy(update={"role": prefix + found.role}) for found in references(inner))
        elif isinstance(value, dict):
            for role, name in value.items():
                yield Reference(field=f"{field}.{role}", role=role, name=name, stages=stages)
        else:
            for name in [] if value is None else value if isinstance(value, list) else [value]:
                yield Reference(field=field, role=field, name=name, stages=stages)


def _nested(field: str, value: Any) -> list[tuple[str, Settings]]:
    """List the settings within a field, with what tells the roles of one from those of another."""
    if isinstance(value, list):
        return [(f"{field}.{place}.", inner) for place, inner in enumerate(value) if isinstance(inner, Settings)]
    return [("", value)] if isinstance(value, Settings) else []


def used_plugins(settings: Settings) -> list[tuple[str, str]]:
    """List the (folder, name) of every plug-in that `settings` names."""
    found: list[tuple[str, str]] = []
    for field in type(settings).model_fields:
        for _, inner in _nested(field, getattr(settings, field)):
            found += used_plugins(inner)
    if isinstance(settings, Plugged):
        found.append((settings.plugin_folder, getattr(settings, settings.plugin_field)))
    if isinstance(settings, Clean):
        found += [("clean.steps", name) for name in settings.steps]
    if isinstance(settings, Evaluate):
        found += [("evaluate.metrics", name) for name in settings.metrics]
    if isinstance(settings, Distill):
        found += [("distill.objectives", name) for name in settings.objectives]
    return found


def identity(settings: Settings) -> dict[str, Any]:
    """Reduce settings to what determines the result: no names of items, no places; ordered steps stay ordered."""
    content: dict[str, Any] = {}
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        if any(isinstance(mark, Refers | Location) for mark in info.metadata):
            continue
        if isinstance(value, Settings):
            content[field] = identity(value)
        elif _nested(field, value):
            content[field] = [identity(inner) for _, inner in _nested(field, value)]
        elif isinstance(settings, Plugged) and field == "options":
            content[field] = _without_places(settings)
        elif isinstance(settings, Task) and field in ("finetune", "metrics"):
            continue  # counted through the recipe of `finetune` and the metrics of `evaluate`
        elif isinstance(settings, Clean) and field == "steps":
            content[field] = [[name, options] for name, options in value.items()]
        else:
            content[field] = settings.model_dump(mode="json", include={field})[field]
    return content


def _without_places(settings: Plugged) -> dict[str, Any]:
    fields = plugins.signature(settings.plugin_folder, getattr(settings, settings.plugin_field)).options.model_fields
    places = {name for name, info in fields.items() if any(isinstance(mark, Location) for mark in info.metadata)}
    return {name: value for name, value in settings.options.items() if name not in places}


def read_experiment(content: Any) -> Experiment:
    """Check an experiment as read from YAML; UserError with the place, the value and what was expected."""
    if not isinstance(content, dict) or not content:
        raise UserError("no experiment: give one with --configfile config/experiments/NAME.yaml")
    try:
        return Experiment.model_validate(content)
    except ValidationError as error:
        lines = [_explain(detail) for detail in error.errors()]
        name = content.get("name", "unnamed")
        raise UserError(f"experiment '{name}' is not valid:\n" + "\n".join(f"  {line}" for line in lines)) from error


def _explain(detail: Any) -> str:
    model: Any = Experiment
    for step in detail["loc"][:-1]:
        model = _inside(model, step)
    known = list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
    return _describe(detail, "", known)


def _inside(model: Any, step: str | int) -> Any:
    """Follow one step of an error's place down the types of the settings."""
    if get_origin(model) in (dict, list):
        return get_args(model)[-1]
    if isinstance(model, type) and issubclass(model, BaseModel) and step in model.model_fields:
        kind = model.model_fields[str(step)].annotation
        optional = [inner for inner in get_args(kind) if isinstance(inner, type) and issubclass(inner, BaseModel)]
        return kind if get_origin(kind) in (dict, list) or not optional else optional[0]
    return None


def _describe(detail: Any, prefix: str, known: list[str]) -> str:
    place = prefix + ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{place}: unknown key; {nearest(str(detail['loc'][-1]), known)}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "missing":
        return f"{place}: missing"
    if detail["type"] == "value_error":
        return f"{place}: {message}" if place else message
    return f"{place}: {detail['input']!r}: {message}"
