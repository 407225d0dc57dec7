"""What scripts may read of an experiment's energy: a row per artifact, and a row per model in both forms."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from alambic.data.energy_ledger import NOBODY, Entry, Sum, entries, per_model, total
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.frugality import Frugality

HEADER = (
    *("artifact", "stage", "kwh", "co2e_g", "cpu_kwh", "gpu_kwh", "ram_kwh", "failed_kwh", "attempts", "seconds"),
    *("models", "kwh_of_each", "method"),
)


@dataclass(frozen=True)
class Ledger:
    """The energy of an experiment, by artifact, stage and model."""

    entries: list[Entry]
    models: dict[str, Sum]  # each model's share, without what serves none
    unshared: Sum  # what serves no model alone
    total: Sum
    failed_kwh: float  # in attempts that came to nothing
    stages: dict[str, float]  # kWh

    @property
    def methods(self) -> list[str]:
        """Each way in which something was measured or estimated, once."""
        found = [each.energy.method for each in self.entries if each.energy]
        return list(dict.fromkeys(part for method in found for part in method.split(" | ")))


def read_ledger(artifacts: Sequence[FinishedArtifact]) -> Ledger:
    """Sum up what the artifacts' manifests record."""
    ledger = entries({artifact.name: artifact.manifest for artifact in artifacts})
    models = per_model(ledger)
    stages: dict[str, float] = {}
    for entry in ledger:
        stages[entry.stage] = stages.get(entry.stage, 0.0) + entry.kwh
    failed = sum(entry.failed_kwh for entry in ledger)
    return Ledger(ledger, models, models.pop(NOBODY, Sum()), total(ledger), failed, stages)


def write_energy(ledger: Ledger, path: Path) -> None:
    """Write energy.csv: a row per artifact."""
    _write(path, HEADER, map(list, map(_row, ledger.entries)))


def write_frugality(rows: Sequence[Frugality], path: Path) -> None:
    """Write frugality.csv: a row per task, model and form."""
    _write(path, [field.name for field in fields(Frugality)], [list(asdict(row).values()) for row in rows])


def _row(entry: Entry) -> Iterator[Any]:
    energy = entry.energy
    yield from (entry.name, entry.stage)
    parts = [entry.kwh, entry.co2e_g, *((energy.cpu_kwh, energy.gpu_kwh, energy.ram_kwh) if energy else ())]
    yield from (float(f"{part:.6g}") for part in parts) if energy else [None] * 5
    yield from (entry.failed_kwh, entry.attempts, energy.seconds if energy else None)
    yield "; ".join(entry.models)
    yield float(f"{entry.kwh / len(entry.models):.6g}") if energy and entry.models else None
    yield energy.method if energy else "not measured"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
