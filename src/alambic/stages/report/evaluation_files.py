"""The files of evaluations, checked as they are read: damage is one error that names the file and the remedy."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from alambic.data.documents import damage_named
from alambic.data.manifest import Manifest
from alambic.data.predictions import NAME, PredictedExamples
from alambic.errors import UserError
from alambic.statistics.counts import FILE, Measured, UnitCounts, read_counts

SCORES, RESAMPLES = "scores.json", "resamples.parquet"
NUMBERS = ("value", "low", "high")
COLUMNS = {"dataset", "split", "metric", "signature", "seed", *NUMBERS}


def read_score_rows(folder: Path, record: Manifest) -> list[dict[str, Any]]:
    """Read the rows of scores.json; empty where the artifact never had any."""
    path = folder / SCORES
    if not path.exists():
        if SCORES in record.files:
            raise damaged(path, "the file is missing")
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"no JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise damaged(path, "expected a list of rows")
    for row in rows:
        if row.keys() != COLUMNS:
            raise damaged(path, f"a row has {', '.join(sorted(row))}; expected {', '.join(sorted(COLUMNS))}")
        for name in NUMBERS:
            if not isinstance(row[name], int | float) or not math.isfinite(row[name]):
                raise damaged(path, f"{row['metric']} on {row['dataset']}, seed {row['seed']}: {name} is {row[name]!r}")
    return rows


def read_unit_counts(folder: Path) -> dict[Measured, dict[str, UnitCounts]]:
    """Read what each test unit adds to each score; empty where an evaluation wrote no such file."""
    path = folder / FILE
    with damage_named(path):
        read = read_counts(folder)
    for (dataset, _, metric), seeds in read.items():
        if not all(np.isfinite(of_seed.counts).all() for of_seed in seeds.values()):
            raise damaged(path, f"counts of {metric} on {dataset} that are no numbers")
    return read


def read_drawn(folder: Path) -> list[dict[str, Any]]:
    """Read what the bootstrap drew of each score; empty where an evaluation wrote no such file."""
    path = folder / RESAMPLES
    if not path.exists():
        return []
    with damage_named(path):
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    for row in rows:
        if not np.isfinite(np.asarray(row["values"], dtype=float)).all():
            raise damaged(path, f"resamples of {row['metric']} on {row['dataset']} that are no numbers")
    return rows


def check_answered(folder: Path, tested: Sequence[PredictedExamples], texts: dict[str, int]) -> None:
    """Check that as many texts were answered as an evaluation says that it scored, by every seed; else UserError."""
    answered = {part.dataset: [len(part.ids), *(len(given) for given in part.predicted.values())] for part in tested}
    for dataset, number in texts.items():
        for given in answered.get(dataset, [0]):
            if given != number:
                problem = f"{given} answers on {dataset}, but {number} texts were scored"
                raise damaged(folder / NAME, problem)


def damaged(path: Path, problem: str) -> UserError:
    """Make the error that says what is wrong with a file of an artifact, and how it is made again."""
    return UserError(
        f"{path} is damaged ({problem}): remove {path.parent} to make it again, or "
        f"`python -m alambic verify --repair {path.parent}` sets it aside"
    )
