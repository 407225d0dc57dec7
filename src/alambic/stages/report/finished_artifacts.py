"""The artifacts that a report shows, by the names that the experiment gives them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from alambic.data import manifest
from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.data.predictions import NAME, PredictedExamples, read_predictions
from alambic.errors import UserError
from alambic.settings import Report
from alambic.stages.report.evaluation_files import check_answered, read_score_rows


@dataclass(frozen=True)
class FinishedArtifact:
    """One finished artifact."""

    stage: str
    item: str
    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name in the experiment, such as `distill/student`."""
        return f"{self.stage}/{self.item}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the stage found out."""
        return self.manifest.facts

    @cached_property
    def journal(self) -> dict[int, dict[str, float]]:
        """Scalars of each training step; empty where nothing was trained."""
        return read_journal(self.folder)

    @cached_property
    def scores(self) -> list[dict[str, Any]]:
        """The rows of scores.json; empty where nothing was scored."""
        return read_score_rows(self.folder, self.manifest)

    @cached_property
    def tested(self) -> list[PredictedExamples] | None:
        """The test sets that were answered; None where the file is missing."""
        return read_predictions(self.folder).of_split("test") if (self.folder / NAME).exists() else None


def open_all(settings: Report, inputs: Inputs) -> list[FinishedArtifact]:
    """Open every artifact of the experiment; UserError when names and folders do not match."""
    folders = inputs.get("artifacts", [])
    if len(folders) != len(settings.items):
        raise UserError(f"report: {len(settings.items)} items but {len(folders)} artifacts: give one folder per item")
    artifacts = [_open(name, folder) for name, folder in zip(settings.items, folders, strict=True)]
    _check_answers(artifacts)
    return artifacts


def _check_answers(artifacts: list[FinishedArtifact]) -> None:
    """UserError where fewer texts were answered than were scored."""
    scored = {artifact.item: artifact.facts.get("test_texts", {}) for artifact in of_stage(artifacts, "evaluate")}
    for artifact in of_stage(artifacts, "predict"):
        if artifact.tested is not None:
            check_answered(artifact.folder, artifact.tested, scored.get(artifact.item, {}))


def _open(name: str, folder: Path) -> FinishedArtifact:
    stage, _, item = name.partition("/")
    record = Manifest.read(folder / manifest.FILE)
    if record.stage != stage:
        raise UserError(f"report: {name} is given {folder}, which holds an artifact of stage '{record.stage}'")
    return FinishedArtifact(stage, item, folder, record)


def of_stage(artifacts: list[FinishedArtifact], stage: str) -> list[FinishedArtifact]:
    """Keep the artifacts of one stage, in the order of the experiment."""
    return [artifact for artifact in artifacts if artifact.stage == stage]
