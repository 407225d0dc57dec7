"""What scripts may read of the report beside the scores: the models, their speed, and how they compare."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from alambic.stages.report.comparison import NOT_IN_FILES, Comparison
from alambic.stages.report.models import Model
from alambic.stages.report.speeds import TaskSpeed

MODEL = ("model", "role", "parameters", "embedding_parameters")
SPEED = ("task", "words_per_second", "low", "high", "withheld", "cpu", "threads", "batch", "rounds", "commit")
MEASURE = ("task", "dataset", "split", "metric")


def write_models(models: dict[str, Model], speeds: list[TaskSpeed], path: Path) -> None:
    """Write models.csv: a row per model and task in which it was timed, one without a task for what was not."""
    rows = [[*_described(model), *timed] for model in models.values() for timed in _timed(model.name, speeds)]
    _write(path, [*MODEL, *SPEED], rows)


def write_comparisons(comparisons: list[Comparison], path: Path) -> None:
    """Write comparisons.csv: a row per pair and measure."""
    names = [field.name for field in fields(Comparison) if field.name not in NOT_IN_FILES]
    rows = [[*each.measure, *(getattr(each, name) for name in names), each.sentence] for each in comparisons]
    _write(path, [*MEASURE, *names, "sentence"], rows)


def _described(model: Model) -> list[Any]:
    return [model.name, model.role, model.parameters, model.embedding_parameters]


def _timed(name: str, speeds: list[TaskSpeed]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for speed in speeds:
        if (figure := speed.words_per_second.get(name)) is not None:
            how = [speed.how[key] for key in ("cpu", "threads", "batch", "rounds")]
            numbers = [round(value, 1) for value in (figure.low, figure.high)]
            shown = None if figure.shown is None else round(figure.shown, 1)
            rows.append([speed.task, shown, *numbers, figure.withheld, *how, speed.commit])
    return rows or [[None] * len(SPEED)]


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
