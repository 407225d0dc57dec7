"""The models that were made ready to be passed on: their files, and the scores of each form."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.data.sums_file import RELEASED
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ReleasedModel:
    """A released model, as its stage describes it."""

    name: str
    folder: Path
    content: dict[str, Any]

    @property
    def forms(self) -> list[str]:
        """The engines by which it was scored, torch first."""
        return list(dict.fromkeys(score["engine"] for score in self.content["scores"]))

    @property
    def megabytes(self) -> dict[str, float]:
        """The size of the file of each form."""
        return dict(zip(self.forms, (size / MEGABYTE for size in self.content["sizes"].values()), strict=False))

    def rows(self) -> list[tuple[str, str, dict[str, dict[str, Any]]]]:
        """Give the test texts, the metric, and the score of each form."""
        scores = self.content["scores"]
        places = dict.fromkeys((score["dataset"], score["metric"]) for score in scores)
        return [(*place, {s["engine"]: s for s in scores if (s["dataset"], s["metric"]) == place}) for place in places]


def read_releases(artifacts: list[FinishedArtifact]) -> list[ReleasedModel]:
    """Read what each release says of itself."""
    return [
        ReleasedModel(
            artifact.item,
            artifact.folder / RELEASED,
            json.loads((artifact.folder / "release.json").read_text(encoding="utf-8")),
        )
        for artifact in of_stage(artifacts, "release")
    ]


def summary_lines(releases: list[ReleasedModel]) -> list[str]:
    """Write a line per release for a terminal: where it is, and size and scores of each form."""
    lines = []
    for release in releases:
        forms = []
        for form in release.forms:
            scores = ", ".join(f"{each[form]['value']:.3f}" for *_, each in release.rows() if form in each)
            forms.append(f"{form} {release.megabytes[form]:.1f} MB {scores}")
        lines.append(f"released {release.name}: {'; '.join(forms)} ({release.folder})")
    return lines
