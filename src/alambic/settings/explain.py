"""Why models answer as they do: what an experiment asks for, and what the stage is given."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from alambic import plugins
from alambic.errors import nearest
from alambic.settings.base import CountedElsewhere, Names, Once, Refers, Settings, StageSettings, check_options
from alambic.settings.task import Task

METHODS, MEASURES, TARGETS = (f"stages.explain.{kind}" for kind in ("methods", "measures", "targets"))
PERTURBATIONS = "tasks.perturb.perturbations"
RANDOM = "random"  # the method against which every other one is tested
FROM_LABELS = ("abbreviations", "expansions")  # perturbations that need labels in two wordings

Chosen = dict[str, dict[str, Any]]


class _Explanations(Settings):
    """What both have."""

    methods: Annotated[Chosen, Names(METHODS)] = Field(
        {
            "gradient_x_input": {},
            "integrated_gradients": {},
            "leave_one_out": {},
            "attention": {},
            "lime": {},
            "dictionary": {},
        },
        description="modules of explain/methods, each with its options; `random` is always among them",
    )
    measures: Annotated[Chosen, Names(MEASURES)] = Field(
        {"comprehensiveness": {}, "sufficiency": {}, "aopc": {}, "deletion": {}, "insertion": {}, "plausibility": {}},
        description="modules of explain/measures, each with its options",
    )
    datasets: Annotated[list[str], Once] = Field(
        [], description="the test sets whose texts are explained; empty: all but the perturbed ones"
    )
    examples: PositiveInt = Field(50, description="texts of each test set, drawn by `seed`")
    answers: PositiveInt = Field(1, description="of each text that are explained, the first ones")
    method_seeds: Annotated[list[NonNegativeInt], Once] = Field(
        [0, 1], min_length=1, description="of methods that draw; measures are of the first"
    )
    perturbation: Annotated[Chosen, Names(PERTURBATIONS, ordered=True)] = Field(
        {}, description="modules of perturb/perturbations: texts that they change and whose answer stays are compared"
    )
    int8: bool = Field(
        False, description="also explain encoders with weights of eight bits, by methods that hide words"
    )
    top: Annotated[float, Field(gt=0, le=1)] = Field(
        0.2, description="share of a text's words that counts as the most important ones, where these are compared"
    )
    resamples: Annotated[PositiveInt, Field(ge=10, le=100_000)] = 2000
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    seed: NonNegativeInt = Field(0, description="by which texts are drawn")

    @field_validator("methods", mode="after")
    @classmethod
    def check_methods(cls, methods: Chosen) -> Chosen:
        """Check options, and add what every method is tested against."""
        return {name: check_options(METHODS, name, options) for name, options in {**methods, RANDOM: {}}.items()}

    @field_validator("measures", mode="after")
    @classmethod
    def check_measures(cls, measures: Chosen) -> Chosen:
        """Check options."""
        return {name: check_options(MEASURES, name, options) for name, options in measures.items()}

    @field_validator("perturbation", mode="after")
    @classmethod
    def check_perturbation(cls, perturbation: Chosen) -> Chosen:
        """Check options; refuse what needs labels in two wordings."""
        for name in FROM_LABELS:
            if name in perturbation:
                raise ValueError(
                    f"{name}: it learns from labels in two wordings, which are not read here; leave it out"
                )
        return {name: check_options(PERTURBATIONS, name, options) for name, options in perturbation.items()}


class ExplainItem(_Explanations):
    """Explain the answers of some models to one task, and measure what the explanations are worth."""

    task: str = Field(description="one of `tasks`")
    systems: Annotated[list[str], Once] = Field(min_length=1, description="models of `finetune.models`")
    model_seeds: PositiveInt = Field(2, description="of each model, its first seeds")

    def resolved(self, tasks: Mapping[str, Task], seeds: Sequence[int]) -> "Explain":
        """Name each model's fine-tunings, with what explains their answers."""
        task = tasks[self.task]
        pairs = [(system, seed) for system in self.systems for seed in seeds[: self.model_seeds]]
        chosen = self.model_dump(exclude={"task", "systems", "model_seeds"})
        return Explain(
            **chosen,
            finetuned=[f"{system}/{self.task}/seed{seed}" for system, seed in pairs],
            systems=[system for system, _ in pairs],
            seeds=[seed for _, seed in pairs],
            targets=[target_of(task.head_of(system)) for system, _ in pairs],
            task=task.as_learnt(),
        )


class Explain(_Explanations, StageSettings):
    """Explain the answers of fine-tuned models, and measure what the explanations are worth."""

    uses_gpu: ClassVar[bool] = True
    finetuned: Annotated[list[str], Refers("finetune")] = Field(min_length=1)
    systems: list[str] = Field(description="the model of each, in the same order")
    seeds: list[NonNegativeInt] = Field(description="and its seed")
    targets: Annotated[list[str], Names(TARGETS), CountedElsewhere("the models, which name their heads")] = Field(
        description="and the module of explain/targets that scores its answers, as the plan fills it in"
    )
    task: Task

    @model_validator(mode="after")
    def check_lengths(self) -> Self:
        """Name model, seed and target of each fine-tuning."""
        for field in ("systems", "seeds", "targets"):
            if len(getattr(self, field)) != len(self.finetuned):
                given = len(getattr(self, field))
                raise ValueError(f"{field}: {given} for {len(self.finetuned)} fine-tuned models; expected one of each")
        return self


def target_of(head: str) -> str:
    """Name the module of explain/targets that scores the answers of a head; ValueError where there is none."""
    known = {head: name for name in plugins.names(TARGETS) for head in plugins.constant(TARGETS, name, "HEADS")}
    if head not in known:
        raise ValueError(f"answers of head '{head}' cannot be explained: expected one of {', '.join(sorted(known))}")
    return known[head]


def check_explain(
    items: Mapping[str, ExplainItem],
    models: Collection[str],
    tasks: Mapping[str, Task],
    test_sets: Mapping[str, Collection[str] | None],
) -> None:
    """ValueError where a task, a model or a test set is not there, or a head has nothing to explain it."""
    for item, section in items.items():
        if section.task not in tasks:
            raise ValueError(f"explain.{item}.task: no task '{section.task}'; {nearest(section.task, list(tasks))}")
        for system in section.systems:
            if system not in models:
                raise ValueError(
                    f"explain.{item}.systems: '{system}' is not fine-tuned: name a model of finetune.models; "
                    f"{nearest(system, list(models))}"
                )
            try:
                target_of(tasks[section.task].head_of(system))
            except ValueError as error:
                raise ValueError(f"explain.{item}: '{system}' on task '{section.task}': {error}") from error
        names = test_sets.get(section.task)
        for name in section.datasets if names is not None else ():
            assert names is not None
            if name not in names:
                raise ValueError(
                    f"explain.{item}.datasets: no test set '{name}' of task '{section.task}'; {nearest(name, names)}"
                )
