"""What each test unit adds to a metric, of each seed: counts.parquet, from which paired tests are made.

A row per unit, in the order in which units first occur, of each seed, dataset, split and metric: `unit` (its name, or
the id of the example that has none), `examples` (how many it has), `counts` (the metric's, summed over them), and
`labels` (a JSON list) where the metric has a block of counts for each label that occurs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import write_table
from alambic.statistics.bootstrap import number_units, sum_by_unit

FILE = "counts.parquet"
TEXT = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        *((name, TEXT) for name in ("seed", "dataset", "split", "metric", "labels")),
        ("unit", pa.string()),
        ("examples", pa.int32()),
        ("counts", pa.list_(pa.float64())),
    ]
)

Measured = tuple[str, str, str]  # dataset, split, metric


@dataclass(frozen=True)
class UnitCounts:
    """The counts of one model on one test set by one metric, of one seed."""

    units: tuple[str, ...]
    examples: tuple[int, ...]  # of each unit
    counts: np.ndarray  # (units, k)
    labels: tuple[str, ...] = ()  # of which the counts have equal blocks, side by side; none where k never varies


class CountsTable:
    """The counts of many scores, gathered to be written at once."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def add(
        self,
        counts: np.ndarray,
        *,
        ids: Sequence[str],
        units: Sequence[str],
        seed: str,
        measured: Measured,
        labels: Sequence[str] = (),
    ) -> None:
        """Gather the counts (examples, k) of one seed on one test set; `units` may be empty."""
        units = units or [""] * len(ids)
        numbers, summed = number_units(units), sum_by_unit(counts, units)
        first = np.unique(numbers, return_index=True)[1]
        rows, width = summed.shape
        dataset, split, metric = measured
        fixed = {"seed": seed, "dataset": dataset, "split": split, "metric": metric, "labels": _dump(labels)}
        columns: dict[str, pa.Array] = {name: pa.array([value] * rows, TEXT) for name, value in fixed.items()}
        columns["unit"] = pa.array([units[at] or ids[at] for at in first], pa.string())
        columns["examples"] = pa.array(np.bincount(numbers), pa.int32())
        ends = np.arange(rows + 1, dtype=np.int32) * width
        columns["counts"] = pa.ListArray.from_arrays(ends, summed.astype(np.float64).ravel())
        self.tables.append(pa.table([columns[field.name] for field in SCHEMA], schema=SCHEMA))

    def write(self, folder: Path) -> None:
        """Write the file, where anything was gathered."""
        if self.tables:
            write_table(pa.concat_tables(self.tables).unify_dictionaries(), folder / FILE)


def read_counts(folder: Path) -> dict[Measured, dict[str, UnitCounts]]:
    """Read what an evaluation wrote, by what was measured and by seed; none where it wrote no such file."""
    path = folder / FILE
    if not path.exists():
        return {}
    table = pq.read_table(path)
    columns = [table[name].to_pylist() for name in ("dataset", "split", "metric", "seed", "labels")]
    keys = list(zip(*columns, strict=True))
    read: dict[Measured, dict[str, UnitCounts]] = {}
    for (dataset, split, metric, seed, labels), rows in groupby(range(len(keys)), key=keys.__getitem__):
        chosen = list(rows)
        part = table.slice(chosen[0], len(chosen))
        values = part["counts"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        read.setdefault((dataset, split, metric), {})[seed] = UnitCounts(
            units=tuple(part["unit"].to_pylist()),
            examples=tuple(part["examples"].to_pylist()),
            counts=values.reshape(len(chosen), -1),
            labels=tuple(json.loads(labels)),
        )
    return read


def align(systems: Sequence[Mapping[str, UnitCounts]]) -> list[list[np.ndarray]]:
    """Give the counts of several systems the same columns, one array (units, k) per seed of each.

    A label that a system neither met nor gave has counts of 0, on which no metric depends. ValueError where the
    systems were not scored on the same units, or have counts of different widths without labels.
    """
    every = [of_seed for system in systems for of_seed in system.values()]
    if len({(each.units, each.examples) for each in every}) > 1:
        raise ValueError("the two were not scored on the same units")
    labels = sorted({label for each in every for label in each.labels})
    if not labels and len({each.counts.shape[1] for each in every}) > 1:
        raise ValueError("the two have counts of different widths, and the metric names no labels")
    return [[_widened(each, labels) if labels else each.counts for each in system.values()] for system in systems]


def _widened(given: UnitCounts, labels: list[str]) -> np.ndarray:
    """Place the blocks of each label where it is among `labels`."""
    own = len(given.labels)
    block = given.counts.shape[1] // own if own else 0
    wide = np.zeros((len(given.counts), len(labels), block))
    place = {label: number for number, label in enumerate(labels)}
    wide[:, [place[label] for label in given.labels]] = given.counts.reshape(len(given.counts), own, block)
    return wide.reshape(len(given.counts), -1)


def _dump(labels: Sequence[str]) -> str:
    return json.dumps(list(labels), ensure_ascii=False)
