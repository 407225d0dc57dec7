"""What scoring models, timing them and showing an experiment may set."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from alambic import plugins
from alambic.plugins import CountsIfGiven, WasNamed
from alambic.settings.base import CountedElsewhere, Names, Refers, StageSettings
from alambic.settings.few_shot import FewShot
from alambic.settings.judgements import Judgements
from alambic.settings.promotion import PromoteSection
from alambic.settings.replicates import Replicates
from alambic.settings.task import Dataset, Task
from alambic.settings.terms import LicenceReport


class Predict(StageSettings):
    """Answer the texts of one task by one model, over all its seeds, by a prompted one, or by the dictionary."""

    uses_gpu: ClassVar[bool] = True
    finetuned: Annotated[list[str], Refers("finetune")] = Field([], description="empty: the dictionary")
    predictions: Annotated[str | None, Refers("collect")] = Field(
        None, description="a source of predictions that are taken in place of a model's"
    )
    few_shot: Annotated[FewShot | None, CountsIfGiven()] = Field(
        None, description="a model that nobody trained, and which examples it is shown"
    )
    task: Task
    seeds: list[NonNegativeInt] = []
    baseline: Annotated[str | None, Names("tasks.baselines"), CountedElsewhere("the dataset, which names it")] = Field(
        None, description="the module of tasks/baselines that answers in place of a model, as the dataset fills it in"
    )
    calibration: bool = Field(
        True, description="also answer the part for calibration; the plan leaves it out where no calibration reads it"
    )

    @model_validator(mode="after")
    def check_baseline(self) -> Self:
        """Take the baseline of the dataset where no model is given, and nothing else."""
        given = self.finetuned or self.predictions or self.few_shot
        if not given and self.task.baseline is None:
            raise ValueError(f"finetuned: empty, and task '{self.task.task}' names no BASELINE to answer instead")
        object.__setattr__(self, "baseline", None if given else self.task.baseline)
        return self


class Evaluate(StageSettings):
    """Score what was answered to one task, over all seeds."""

    predictions: Annotated[str, Refers("predict")]
    dataset: Dataset
    metrics: Annotated[list[str], Names("stages.evaluate.metrics")] = []
    resamples: PositiveInt = 5000
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    reader: Annotated[str | None, Refers("finetune")] = Field(
        None, description="a model that answers what was written, as the plan fills it in"
    )
    scorer: Annotated[str | None, Refers("fetch", "adapt", "distill")] = Field(
        None, description="an encoder that compares what was written, as the plan fills it in"
    )


class Speed(StageSettings):
    """Measure what the models of one task take to answer, side by side in one process."""

    finetuned: Annotated[list[str], Refers("finetune")] = Field([], description="of each model, its first seed")
    models: list[str] = Field([], description="their names, in the same order")
    task: Task
    baseline: Annotated[str | None, Names("tasks.baselines")] = Field(
        None, description="the module of tasks/baselines that takes its turn too, as the plan fills it in"
    )
    rounds: PositiveInt = 7
    int8: bool = Field(True, description="also with weights of eight bits, by ONNX Runtime")
    metrics: Annotated[list[str], Names("stages.evaluate.metrics")] = Field(
        [], description="by which those are scored again, as the plan fills it in"
    )
    heads: Annotated[list[str], Names("tasks.heads"), CountedElsewhere("the models, which name theirs")] = Field(
        [], description="those of the models, as the plan fills it in"
    )


class Release(StageSettings):
    """Put a fine-tuned model into a folder that can be passed on, with all that goes with it."""

    name: str = Field(description="the name that its card bears")
    finetuned: Annotated[str, Refers("finetune")]
    predictions: Annotated[str, Refers("predict")]
    evaluation: Annotated[str, Refers("evaluate")]
    weights: Annotated[list[str], Refers("fetch")] = Field([], description="models whose licence files go with it")
    task: Task
    metrics: Annotated[list[str], Names("stages.evaluate.metrics")] = []
    seed: NonNegativeInt
    onnx: bool = Field(True, description="also in the format of ONNX Runtime, in single precision and as int8")
    licence: str = Field("", description="the one that it is released under")
    licence_report: LicenceReport = LicenceReport()


class Report(StageSettings):
    """Show an experiment's artifacts on one page."""

    light: ClassVar[bool] = True
    experiment: str
    title: str | None = None
    compare: list[tuple[str, str]] = []
    chosen: list[str] = Field([], description="the sections that the experiment names, in order; empty: every one")
    sections: Annotated[
        list[str], Names("stages.report.sections"), CountedElsewhere("`chosen`, and the code of each section")
    ] = Field([], description="modules of report/sections, in the order of the page, as they are filled in")
    texts: list[str] = Field([], description="tasks whose texts may be shown, as the plan fills it in")
    replicates: Replicates = {}
    promote: PromoteSection | None = Field(None, description="with the metric and the margin of each task that counts")
    metrics: Annotated[list[str], Names("stages.evaluate.metrics")] = Field(
        [], description="those by which anything was scored, as the plan fills it in"
    )
    items: list[str] = Field(description="`stage/item` of every artifact, in the order of the inputs")
    licence_reports: Annotated[dict[str, LicenceReport], WasNamed("bills")] = Field(
        {}, description="what each student is made from, as the plan fills it in"
    )
    judgements: list[Judgements] = Field([], description="what people judged")
    artifacts: Annotated[list[str], Refers("*")] = Field([], exclude=True, description="the same, as references")

    @model_validator(mode="after")
    def fill_in_sections(self) -> Self:
        """Take the sections that are chosen, or every one in the order that they give themselves."""
        object.__setattr__(self, "sections", self.chosen or plugins.in_order("stages.report.sections"))
        return self

    @model_validator(mode="after")
    def refer_to_items(self) -> Self:
        """Refer to what is shown."""
        object.__setattr__(self, "artifacts", self.items)
        return self
