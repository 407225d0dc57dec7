"""All that the sections of the report may show."""

from dataclasses import dataclass
from functools import cached_property

from alambic.settings import Report
from alambic.settings.robustness import PERTURBED
from alambic.stages.report.answers import Answers, read_answers
from alambic.stages.report.comparison import Comparison
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.promotion import Promotion
from alambic.stages.report.ranking import Ranking, main_rankings, order
from alambic.stages.report.releases import ReleasedModel, read_releases
from alambic.stages.report.scores import Score
from alambic.stages.report.speeds import TaskSpeed, read_speeds
from alambic.stages.report.transfer import Transfer, find_transfer
from alambic.stages.report.unit_counts import Resamples


@dataclass(frozen=True)
class ReportData:
    """An experiment's artifacts, and what was read and computed from them once."""

    settings: Report
    artifacts: list[FinishedArtifact]
    models: dict[str, Model]
    scores: list[Score]
    rankings: list[Ranking]
    comparisons: list[Comparison]
    confidence: float  # of every interval
    resamples: Resamples
    promotion: Promotion | None = None  # where the experiment asks which students may replace their teacher

    def of_stage(self, stage: str) -> list[FinishedArtifact]:
        """Give the artifacts of one stage, in the order of the experiment."""
        return of_stage(self.artifacts, stage)

    @cached_property
    def shown(self) -> list[Ranking]:
        """The rankings by the first metric of each task on each of its datasets."""
        return main_rankings(self.rankings)

    @cached_property
    def plain(self) -> list[Ranking]:
        """Those of them on data as it is: no perturbed test set."""
        return [ranking for ranking in self.shown if PERTURBED not in ranking.dataset] or self.shown

    @cached_property
    def transfer(self) -> Transfer:
        """Scores by the share of the training data, where tasks differ by it alone."""
        return find_transfer(
            self.artifacts, self.scores, self.plain, self.models, self.resamples, confidence=self.confidence
        )

    @cached_property
    def detailed(self) -> list[Ranking]:
        """Those of which details are shown: of tasks that differ by their share alone, the one with the largest."""
        return [ranking for ranking in self.plain if ranking.task not in self.transfer.smaller]

    @cached_property
    def answers(self) -> list[Answers]:
        """What the models answered to the test examples."""
        return read_answers(self.artifacts)

    @property
    def teacher(self) -> Model | None:
        """The first teacher that was scored."""
        scored = {score.model for score in self.scores}
        return next((each for each in self.models.values() if each.role == "teacher" and each.name in scored), None)

    @property
    def student(self) -> Model | None:
        """The best student, by its mean place; the first one where none was scored."""
        students = [name for name in (*self.order, *self.models) if self.models[name].role == "student"]
        return self.models[students[0]] if students else None

    @cached_property
    def order(self) -> list[str]:
        """The models' names, best mean place first."""
        return order(self.shown)

    @cached_property
    def speeds(self) -> list[TaskSpeed]:
        """What was timed, longest texts first."""
        return read_speeds(self.artifacts)

    @cached_property
    def releases(self) -> list[ReleasedModel]:
        """The models that were made ready to be passed on."""
        return read_releases(self.artifacts)

    @cached_property
    def by_fingerprint(self) -> dict[str, FinishedArtifact]:
        """The artifacts by their fingerprints, as manifests name them."""
        return {artifact.manifest.fingerprint: artifact for artifact in self.artifacts}

    @property
    def tasks(self) -> list[str]:
        """The names of the tasks on which anything was scored."""
        return list(dict.fromkeys(score.task for score in self.scores))

    @property
    def families(self) -> list[str]:
        """The families of the models."""
        return list(dict.fromkeys(model.family for model in self.models.values()))
