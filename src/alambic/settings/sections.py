"""The sections whose items the plan makes: fine-tuning, further test texts, scores, speed, the report."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from alambic.settings.base import ItemName, Names, Once, Settings, check_options, given_twice
from alambic.settings.few_shot import FewShotRow
from alambic.settings.judgements import Judgements
from alambic.settings.models import Recipe
from alambic.settings.replicates import Replicates
from alambic.settings.robustness import Robustness
from alambic.settings.task_distillation import TaskDistillation


class PredictSection(Settings):
    """What the test texts are, and which untrained models answer them."""

    robustness: Robustness | None = Field(
        None, description="further test sets of rising noise, for every task that states none of its own"
    )
    few_shot: dict[ItemName, FewShotRow] = Field(
        {}, description="names of rows: models that are shown a few examples of a task, and not trained on it"
    )


class EvaluateSection(Settings):
    """How scores are computed."""

    resamples: Annotated[PositiveInt, Field(ge=10, le=1_000_000)] = Field(
        5000, description="bootstrap resamples behind every interval and every p-value"
    )
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    baselines: Annotated[list[Literal["dictionary"]], Once] = Field(
        ["dictionary"], description="what is scored without any model, on the tasks whose dataset names a baseline"
    )
    predictions: dict[ItemName, dict[str, str]] = Field(
        {}, description="names of other systems: for a task, the collected source that holds their predictions"
    )


class SpeedSection(Settings):
    """How the speed of models is measured."""

    rounds: NonNegativeInt = Field(
        7,
        description="how often the models of a task take their turn, on one thread of a CPU; 0: speed is not measured",
    )
    int8: bool = Field(
        True, description="encoders also answer with weights of eight bits, by ONNX Runtime, and are scored again"
    )


class ReportSection(Settings):
    """What the report shows first."""

    title: str | None = None
    compare: list[tuple[str, str]] = Field([], description="pairs of models to test against each other")
    sections: Annotated[list[str], Names("stages.report.sections"), Once] = Field(
        [], description="modules of report/sections, in the order of the page; empty: every one"
    )
    texts: Literal["licensed", "all", "none"] = Field(
        "licensed", description="whose test texts the page shows: licensed: those whose terms let them be passed on"
    )
    replicates: Replicates = {}
    judgements: list[Judgements] = Field([], description="what people judged, as `judge read` wrote it")

    @field_validator("compare", mode="after")
    @classmethod
    def check_compare(cls, compare: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Refuse a model against itself, and a pair that is there already, were it the other way round."""
        for one, other in compare:
            if one == other:
                raise ValueError(f"[{one}, {other}]: a model against itself; expected two models")
        if twice := given_twice(sorted(pair) for pair in compare):
            raise ValueError(f"[{', '.join(twice[0])}] is given twice; leave one of the two out")
        return compare

    @field_validator("sections", mode="after")
    @classmethod
    def check_sections(cls, sections: list[str]) -> list[str]:
        """Refuse the name of a section that there is not."""
        for name in sections:
            check_options("stages.report.sections", name, {})
        return sections


class FinetuneSection(Recipe):
    """Which models are fine-tuned, how, and from which seeds."""

    renamed: ClassVar[dict[str, str]] = {"taught": "task_distillation"}
    models: Annotated[list[str], Once] = Field(min_length=1)
    task_distillation: dict[ItemName, TaskDistillation] = Field(
        {}, description="names, for `models`, of models that a teacher helps to fine-tune"
    )
    seeds: Annotated[list[NonNegativeInt], Once] = Field([1, 2, 3], min_length=1)
    by_model: dict[str, dict[str, Any]] = Field(
        {}, description="what a model sets otherwise: depths differ in what they bear"
    )
    released: bool = Field(
        False, description="the fine-tuned models are to be passed on as `release` says, not the students alone"
    )
