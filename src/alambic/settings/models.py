"""What teaching, adapting a teacher and fine-tuning may set; a student is in `student`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from alambic.plugins import CountsIfGiven, Location
from alambic.settings.base import CountedElsewhere, Names, Plugged, Refers, Share, StageSettings
from alambic.settings.optimization import Optimization
from alambic.settings.task import Task
from alambic.settings.terms import LicenceReport


class Teach(Plugged, StageSettings):
    """Store a teacher's outputs on a corpus."""

    uses_gpu: ClassVar[bool] = True
    plugin_field: ClassVar[str] = "signal"
    plugin_folder: ClassVar[str] = "stages.teach.signals"
    teacher: Annotated[str, Refers("fetch", "adapt", "finetune")]
    corpus: Annotated[str, Refers("clean")]
    signal: str = Field(description="a module of teach/signals")
    documents_per_shard: PositiveInt = Field(2000, description="a killed job loses one shard at most")
    head: Annotated[str | None, Names("tasks.heads"), CountedElsewhere("the teacher")] = Field(
        None, description="of a fine-tuned teacher, the module of tasks/heads that predicts, as the plan fills it in"
    )


class Adapt(Optimization, StageSettings):
    """Let a causal model go on learning on a corpus, so that it teaches its domain better."""

    trains: ClassVar[bool] = True
    uses_gpu: ClassVar[bool] = True
    released: ClassVar[bool] = True
    base: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    method: Literal["lora", "full"] = "lora"
    rank: PositiveInt = Field(16, description="of the low-rank changes, for lora")
    alpha: PositiveInt = Field(32, description="by which, over the rank, the low-rank changes are multiplied")
    merge: Annotated[float, Field(gt=0, le=1)] = Field(1.0, description="share of the change that is kept")
    sequence_length: PositiveInt = Field(512, description="tokens; longer documents are cut into several sequences")
    seed: NonNegativeInt = 0


class Recipe(Optimization):
    """How a model is fine-tuned on a task."""

    batch_size: PositiveInt = 32
    epochs: PositiveInt = 3
    learning_rate: PositiveFloat = 2e-4
    max_length: PositiveInt = Field(128, description="tokens; longer texts are cut into overlapping windows")
    train_embeddings: bool = Field(False, description="also the table of pieces, most of a small model's weights")


class Finetune(StageSettings):
    """Fine-tune one model on one task from one seed."""

    trains: ClassVar[bool] = True
    uses_gpu: ClassVar[bool] = True
    model: Annotated[str, Refers("fetch", "adapt", "distill")]
    task: Task
    recipe: Recipe
    seed: NonNegativeInt
    corpus: Annotated[str | None, Refers("clean")] = Field(None, description="texts besides those of the task")
    signal: Annotated[str | None, Refers("teach")] = Field(None, description="what a teacher predicts of them")
    repeat: NonNegativeInt = Field(1, description="how often an epoch has each text of the task; 0: none is learnt")
    min_probability: Annotated[Share, CountsIfGiven()] = Field(
        0.0, description="of an annotated entity; words of one that is less probable say nothing"
    )
    min_agreement: Annotated[Share, CountsIfGiven()] = Field(
        0.0, description="of an annotated entity, the share of drawn lists that have it too"
    )
    licence_report: Annotated[LicenceReport, Location()] = Field(
        LicenceReport(), description="what its card says of the licences behind it, as the plan fills it in"
    )
