"""What an item of each other stage may set, one class per stage."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from alambic.plugins import Location
from alambic.settings.base import Plugged, Refers, Settings, Share, check_options
from alambic.settings.optimization import Optimization
from alambic.settings.task import ScoredTexts, Task
from alambic.settings.terms import Bill


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
    teacher: Annotated[str, Refers("fetch", "adapt", "finetune")]
    corpus: Annotated[str, Refers("clean")]
    signal: str = Field(description="a module of teach/signals")
    documents_per_shard: PositiveInt = Field(2000, description="a killed job loses one shard at most")


class Adapt(Optimization):
    """Let a causal model go on learning on a corpus, so that it teaches its domain better."""

    base: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    method: Literal["lora", "full"] = "lora"
    rank: PositiveInt = Field(16, description="of the low-rank changes, for lora")
    alpha: PositiveInt = Field(32, description="by which, over the rank, the low-rank changes are multiplied")
    merge: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="share of the change that is kept")
    sequence_length: PositiveInt = Field(512, description="tokens; longer documents are cut into several sequences")
    seed: NonNegativeInt = 0


class Embargo(Settings):
    """A list of traces of test texts, made by `python -m alambic embargo`."""

    path: Annotated[str, Location()]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Clean(Settings):
    """Make one corpus from the documents of several sources."""

    sources: Annotated[list[str], Refers("collect")] = Field(min_length=1)
    steps: dict[str, dict[str, Any]] = Field(
        {"normalise": {}, "length": {}, "language": {}, "exact_duplicates": {}, "near_duplicates": {}},
        validate_default=True,  # or a job, which reads them back, would find other options than were planned
        description="modules of clean/steps with their options, in the order in which they are taken",
    )
    decontaminate: bool = Field(True, description="leave out the test texts of every task, and those of `embargo`")
    embargo: list[Embargo] = Field([], description="lists of traces of test texts that are not at hand")
    excluded: list[ScoredTexts] = Field([], description="the tasks' test texts, as the plan fills them in")
    held_out: Share = Field(0.05, description="share of the documents kept apart, chosen by their hash")

    @model_validator(mode="after")
    def check_embargo(self) -> Self:
        """Refuse an embargo that would not be looked at."""
        if self.embargo and not self.decontaminate:
            raise ValueError("embargo: nothing is left out with `decontaminate: false`; remove one of the two")
        return self

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


class Finetune(Settings):
    """Fine-tune one model on one task from one seed."""

    model: Annotated[str, Refers("fetch", "adapt", "distill")]
    task: Task
    recipe: Recipe
    seed: NonNegativeInt
    corpus: Annotated[str | None, Refers("clean")] = Field(None, description="texts beside those of the task")
    signal: Annotated[str | None, Refers("teach")] = Field(None, description="what a teacher predicts of them")
    repeat: PositiveInt = Field(1, description="how often an epoch has each text of the task")


class Evaluate(Settings):
    """Score one model, or the dictionary, on one task, over all its seeds."""

    finetuned: Annotated[list[str], Refers("finetune")] = Field([], description="empty: the dictionary")
    task: Task
    metrics: list[str] = []
    seeds: list[NonNegativeInt] = []
    resamples: PositiveInt = 5000
    confidence: Share = 0.95


class Report(Settings):
    """Show an experiment's artifacts on one page."""

    experiment: str
    title: str | None = None
    compare: list[tuple[str, str]] = []
    items: list[str] = Field(description="`stage/item` of every artifact, in the order of the inputs")
    bills: dict[str, Bill] = Field({}, description="what each student is made from, as the plan fills it in")
    artifacts: Annotated[list[str], Refers("*")] = Field(description="the same, as references")
