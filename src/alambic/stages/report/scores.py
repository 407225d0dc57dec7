"""Every score of an experiment, as rows."""

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage

ALL_SEEDS = "all"


@dataclass(frozen=True)
class Score:
    """One value with its interval and how it was computed; the fields are the columns of scores.csv."""

    model: str
    task: str
    dataset: str
    split: str
    metric: str
    signature: str
    value: float
    low: float
    high: float
    seed: str

    @property
    def measure(self) -> tuple[str, str, str, str]:
        """What two models must share to be compared: task, dataset, split, metric."""
        return self.task, self.dataset, self.split, self.metric

    @property
    def silver(self) -> bool:
        """Tell whether the reference was made by a program: agreement with it is not correctness."""
        return "annotation=silver" in self.signature or self.dataset.startswith("silver")

    @property
    def synthetic(self) -> bool:
        """Tell whether texts that were scored, or learnt from, were made by a program."""
        return "data=synthetic" in self.signature or "data=partly_synthetic" in self.signature


def read_scores(artifacts: list[FinishedArtifact]) -> list[Score]:
    """Read the scores of every evaluation, in the order of the experiment."""
    scores = []
    for artifact in of_stage(artifacts, "evaluate"):
        model, _, task = artifact.item.partition("/")
        scores += [Score(model=model, task=task, **{**row, "seed": str(row["seed"])}) for row in artifact.scores]
    return scores


def over_seeds(scores: list[Score]) -> list[Score]:
    """Keep the scores that sum up every seed."""
    return [score for score in scores if score.seed == ALL_SEEDS]


def write_scores(scores: list[Score], path: Path) -> None:
    """Write scores.csv, whose columns scripts rely on."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([field.name for field in fields(Score)])
        writer.writerows(astuple(score) for score in scores)
