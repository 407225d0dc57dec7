"""Every score of an experiment, as rows."""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage

ALL_SEEDS = "all"
NOT_IN_FILES = ("head", "decoding")  # fields of a score that are no columns of scores.csv


@dataclass(frozen=True)
class Score:
    """One value with its interval and how it was computed; the fields are the columns of scores.csv, but the last."""

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
    head: str = ""  # that answered
    decoding: str = ""  # the part of the signature that says by which rules the head made answers of outputs

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

    def comparable(self, other: "Score") -> bool:
        """Tell whether two values were computed in the same way.

        By which rules another head made its answers is part of what is compared. Answers of earlier versions do not say
        which head gave them.
        """
        if self.signature == other.signature:
            return True
        return self.head != other.head and self._without_decoding == other._without_decoding

    @property
    def _without_decoding(self) -> str:
        return self.signature.replace(f"|{self.decoding}|", "|", 1) if self.decoding else self.signature


def read_scores(artifacts: list[FinishedArtifact]) -> list[Score]:
    """Read the scores of every evaluation, in the order of the experiment."""
    answered = {artifact.item: artifact.facts for artifact in of_stage(artifacts, "predict")}
    scores = []
    for artifact in of_stage(artifacts, "evaluate"):
        model, _, task = artifact.item.partition("/")
        by = {name: answered.get(artifact.item, {}).get(name, "") for name in NOT_IN_FILES}
        scores += [Score(model=model, task=task, **{**row, "seed": str(row["seed"])}, **by) for row in artifact.scores]
    return scores


def over_seeds(scores: list[Score]) -> list[Score]:
    """Keep the scores that sum up every seed."""
    return [score for score in scores if score.seed == ALL_SEEDS]


def write_scores(scores: list[Score], path: Path) -> None:
    """Write scores.csv, whose columns scripts rely on."""
    columns = [field.name for field in fields(Score) if field.name not in NOT_IN_FILES]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([getattr(score, name) for name in columns] for score in scores)
