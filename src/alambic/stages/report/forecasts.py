"""What was expected of the artifacts before they were made, against what they took."""

from collections.abc import Sequence
from dataclasses import dataclass

from alambic.data.energy import energy_of
from alambic.stages.report.finished_artifacts import FinishedArtifact

KEY = "forecast"  # of `run` in a manifest


@dataclass(frozen=True)
class Expected:
    """One artifact: seconds and kWh, expected and taken."""

    name: str
    stage: str
    expected_seconds: float
    seconds: float
    expected_kwh: float
    kwh: float


def read_forecasts(artifacts: Sequence[FinishedArtifact]) -> list[Expected]:
    """Read those of which something was expected, and that were measured."""
    rows = []
    for artifact in artifacts:
        run = artifact.manifest.run
        expected, energy = run.get(KEY), energy_of(run)
        if isinstance(expected, dict) and energy is not None:
            rows.append(
                Expected(
                    artifact.name,
                    artifact.stage,
                    float(expected["seconds"]),
                    energy.seconds,
                    float(expected["kwh"]),
                    energy.kwh,
                )
            )
    return rows


def off(expected: float, took: float) -> float | None:
    """Tell by what share more was taken than expected: (100, 115) -> 0.15."""
    return took / expected - 1 if expected else None
