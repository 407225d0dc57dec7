"""What each calibration of the experiment found: which share a machine may answer alone."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage

COLUMNS = (
    *("calibration", "task", "system", "others", "method", "confidence", "calibration_units", "test_units"),
    *("allowed_risk", "threshold", "automated", "wrong", "wrong_upper", "hours_per_1000"),
    *("exceeded", "mean_automated", "oracle", "plain_exceeded"),
)


@dataclass(frozen=True)
class Automation:
    """One artifact of `calibrate`, as it describes itself."""

    name: str
    task: str  # by the name that the experiment gives it
    content: dict[str, Any]

    @property
    def system(self) -> str:
        """The one that answers."""
        return str(self.content["systems"][0])

    @property
    def scores(self) -> dict[str, dict[str, Any]]:
        """The curve and the areas of each score by which units are ordered, the combined one first."""
        return {score["score"]: score for score in self.content["scores"]}

    @property
    def main(self) -> dict[str, Any]:
        """What is automated at the middle risk."""
        risks: list[dict[str, Any]] = self.content["risks"]
        return next(risk for risk in risks if risk["alpha"] == self.content["main_risk"])

    def resampled(self, method: str) -> dict[float, dict[str, Any]]:
        """Give, of a method, what came of many calibrations, by risk; none where none were drawn."""
        return {row["alpha"]: row for row in self.content["resampled"].get(method, [])}


def read_automation(artifacts: list[FinishedArtifact]) -> list[Automation]:
    """Read every calibration, in the order of the experiment."""
    predicted = {artifact.manifest.fingerprint: artifact for artifact in of_stage(artifacts, "predict")}
    found = []
    for artifact in of_stage(artifacts, "calibrate"):
        first = artifact.manifest.inputs["predictions"][0]
        task = predicted[first].item.partition("/")[2] if first in predicted else ""
        content = json.loads((artifact.folder / "calibration.json").read_text(encoding="utf-8"))
        found.append(Automation(artifact.item, task, content))
    return found


def write_automation(found: list[Automation], path: Path) -> None:
    """Write automation.csv: a row per calibration and risk; none where nothing was calibrated."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row for each in found for row in _rows(each))


def _rows(each: Automation) -> Iterator[list[Any]]:
    content = each.content
    drawn, plain = each.resampled(content["method"]), each.resampled("plain")
    for risk in content["risks"]:
        alpha = risk["alpha"]
        row = [each.name, each.task, each.system, " ".join(content["systems"][1:]), content["method"]]
        row += [content["confidence"], content["units"]["calibration"], content["units"]["test"], alpha]
        row += [risk["threshold"], risk["coverage"], risk["risk"] if risk["automated"] else None, risk["upper"]]
        row.append(risk["hours_per_1000"])
        row += [drawn.get(alpha, {}).get(name) for name in ("exceeded", "coverage", "oracle")]
        yield [*row, plain.get(alpha, {}).get("exceeded")]
