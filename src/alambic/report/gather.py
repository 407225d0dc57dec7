"""Everything that the page shows, read from the artifacts."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from alambic.manifest import FILE, Manifest

ALL = "all"  # the seed that stands for all of them
KINDS = {"teacher": 0, "student": 1, "without teacher": 2, "no model": 3}


@dataclass(frozen=True)
class Item:
    """One artifact: `stage/name`, its folder and its manifest."""

    stage: str
    name: str
    folder: Path
    manifest: Manifest

    @property
    def facts(self) -> dict[str, Any]:
        """What the stage found out."""
        return self.manifest.facts


@dataclass(frozen=True)
class Model:
    """One of the things compared."""

    name: str
    kind: str  # one of KINDS
    facts: dict[str, Any]  # of one of its evaluations: sizes and speed

    @property
    def parameters(self) -> int:
        """All of them; 0 for the dictionary."""
        return int(self.facts.get("parameters", 0))

    @property
    def other_parameters(self) -> int:
        """Those that are not embeddings of pieces."""
        return self.parameters - int(self.facts.get("embedding_parameters", 0))


@dataclass(frozen=True)
class Row:
    """One score."""

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
    def place(self) -> tuple[str, str, str]:
        """What is compared with what: task, dataset, metric."""
        return self.task, self.dataset, self.metric


class Campaign:
    """The artifacts of one experiment."""

    def __init__(self, names: list[str], folders: list[Path]) -> None:
        self.items = []
        for name, folder in zip(names, folders, strict=True):
            stage, _, rest = name.partition("/")
            self.items.append(Item(stage, rest, folder, Manifest.read(folder / FILE)))

    def of(self, stage: str) -> list[Item]:
        """Give the artifacts of one stage."""
        return [item for item in self.items if item.stage == stage]

    @cached_property
    def rows(self) -> list[Row]:
        """Give every score, in the order of the evaluations."""
        found = []
        for item in self.of("evaluate"):
            model, _, task = item.name.partition("/")
            for row in json.loads((item.folder / "scores.json").read_text(encoding="utf-8")):
                found.append(Row(model=model, task=task, **{**row, "seed": str(row["seed"])}))
        return found

    @cached_property
    def summary(self) -> dict[tuple[str, tuple[str, str, str]], Row]:
        """Give the score over all seeds of each model at each place."""
        return {(row.model, row.place): row for row in self.rows if row.seed == ALL}

    @cached_property
    def places(self) -> list[tuple[str, str, str]]:
        """List what scores are about: every task, dataset and metric."""
        return list(dict.fromkeys(row.place for row in self.rows))

    @cached_property
    def main_places(self) -> list[tuple[str, str, str]]:
        """List the first metric of each task and dataset."""
        first: dict[tuple[str, str], tuple[str, str, str]] = {}
        for place in self.places:
            first.setdefault(place[:2], place)
        return list(first.values())

    @cached_property
    def models(self) -> list[Model]:
        """List what is compared: teachers, students, controls, the dictionary."""
        found: dict[str, Model] = {}
        for item in self.of("evaluate"):
            name = item.name.partition("/")[0]
            found.setdefault(name, Model(name, self._kind(name), item.facts))
        return sorted(found.values(), key=lambda model: KINDS[model.kind])

    def _kind(self, name: str) -> str:
        if any(item.name == name for item in self.of("fetch")):
            return "teacher"
        for item in self.of("distill"):
            if item.name == name:
                return "student" if item.manifest.settings.get("signal") else "without teacher"
        return "no model"

    @cached_property
    def seeds(self) -> int:
        """Count the seeds that a score rests on."""
        return max(Counter(row[:2] for row in {(r.model, r.place, r.seed) for r in self.rows}).values(), default=1) - 1

    def resamples(self, model: str, place: tuple[str, str, str]) -> tuple[list[float], str]:
        """Give the bootstrap values of a model at a place, and the digest of the examples that they are about."""
        task, dataset, metric = place
        (item,) = [item for item in self.of("evaluate") if item.name == f"{model}/{task}"]
        for row in pq.read_table(item.folder / "resamples.parquet").to_pylist():
            if (row["dataset"], row["metric"]) == (dataset, metric):
                return row["values"], row["ids_digest"]
        raise KeyError(f"{item.folder} has no resamples of {dataset}, {metric}")

    def curve(self, item: Item) -> list[dict[str, float]]:
        """Read a training's journal."""
        path = item.folder / "metrics.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
