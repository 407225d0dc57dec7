"""What was answered to the examples of a task, as a file that metrics read without any model.

predictions.parquet has a row for each seed and example: seed, dataset, split ("test", "calibration" or "dev"), id, gold
and predicted (JSON: a label, several labels, or a tag per word), unit (what a resample draws whole; empty: the example
itself), attributes (JSON: what the data say of the example, by name), tokens (into how many a model cuts each word that
has an answer, or the text; empty where no model read it) and spans (JSON: all entities that people annotated, each its
first word, the word after its last and its label; null where the tags in gold hold them all), standard (the text in
standard wording) and written (what a model wrote of it before its answer; both null where there is none). The metadata
of the schema have `labels`, a JSON list of what a model chooses among, and `rules`, by which data became examples and
outputs became answers.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import damage_named, write_table

NAME = "predictions.parquet"
REPEATED = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        *((name, REPEATED) for name in ("seed", "dataset", "split")),
        ("id", pa.string()),
        ("gold", pa.string()),
        ("predicted", pa.string()),
        ("unit", pa.string()),
        ("attributes", REPEATED),
        ("tokens", pa.list_(pa.int32())),
        ("spans", pa.string()),
        ("standard", pa.string()),
        ("written", pa.string()),
    ]
)

Answer = str | tuple[str, ...]
Spans = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class PredictedExamples:
    """The examples of one dataset and split, in their order, and what each seed answered to them."""

    dataset: str
    split: str
    ids: list[str]
    gold: list[Answer]
    units: list[str]
    attributes: list[dict[str, str]]
    tokens: list[list[int]]
    predicted: dict[str, list[Answer]] = field(default_factory=dict)  # by seed
    spans: list[Spans | None] = field(default_factory=list)  # of every example, or of none
    standard: list[str] = field(default_factory=list)  # of every example, or of none
    written: dict[str, list[str]] = field(default_factory=dict)  # by seed, of those that write


@dataclass(frozen=True)
class Predictions:
    """All of one file."""

    parts: list[PredictedExamples]
    labels: tuple[str, ...]
    rules: str

    def of_split(self, split: str) -> list[PredictedExamples]:
        """Give the datasets of one split, in the order of the task."""
        return [part for part in self.parts if part.split == split]


def write_predictions(folder: Path, parts: Iterable[PredictedExamples], *, labels: Sequence[str], rules: str) -> None:
    """Write the file into `folder`."""
    tables = [_table(part, seed) for part in parts for seed in part.predicted]
    facts = {"labels": json.dumps(list(labels), ensure_ascii=False), "rules": rules}
    table = pa.concat_tables(tables).unify_dictionaries() if tables else SCHEMA.empty_table()
    write_table(table.replace_schema_metadata(facts), folder / NAME)


def read_predictions(folder: Path) -> Predictions:
    """Read the file in `folder`; UserError where it is damaged."""
    path = folder / NAME
    with damage_named(path):
        table = pq.read_table(path)
        metadata: Mapping[bytes, bytes] = table.schema.metadata
        parts: dict[tuple[str, str], PredictedExamples] = {}
        for (split, dataset, seed), rows in _groups(table).items():
            answers = [_answer(row["predicted"]) for row in rows]
            if (split, dataset) not in parts:
                parts[split, dataset] = _part(split, dataset, rows)
            parts[split, dataset].predicted[seed] = answers
            if written := [row["written"] for row in rows if row.get("written") is not None]:
                parts[split, dataset].written[seed] = written
        return Predictions(list(parts.values()), tuple(json.loads(metadata[b"labels"])), metadata[b"rules"].decode())


def _table(part: PredictedExamples, seed: str) -> pa.Table:
    count = len(part.ids)
    columns: dict[str, list[Any]] = {
        "seed": [seed] * count,
        "dataset": [part.dataset] * count,
        "split": [part.split] * count,
        "id": part.ids,
        "gold": [_json(answer) for answer in part.gold],
        "predicted": [_json(answer) for answer in part.predicted[seed]],
        "unit": part.units,
        "attributes": [_json(attributes) for attributes in part.attributes],
        "tokens": part.tokens,
        "spans": [None if spans is None else _json(spans) for spans in part.spans or [None] * count],
        "standard": part.standard or [None] * count,
        "written": part.written.get(seed) or [None] * count,
    }
    return pa.table({name: pa.array(values, SCHEMA.field(name).type) for name, values in columns.items()})


def _groups(table: pa.Table) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        groups.setdefault((row["split"], row["dataset"], row["seed"]), []).append(row)
    return groups


def _part(split: str, dataset: str, rows: list[dict[str, Any]]) -> PredictedExamples:
    return PredictedExamples(
        dataset=dataset,
        split=split,
        ids=[row["id"] for row in rows],
        gold=[_answer(row["gold"]) for row in rows],
        units=[row["unit"] for row in rows],
        attributes=[json.loads(row["attributes"]) for row in rows],
        tokens=[row["tokens"] for row in rows],
        spans=[_spans(row.get("spans")) for row in rows],
        standard=[row["standard"] for row in rows if row.get("standard") is not None],
    )


def _answer(text: str) -> Answer:
    value = json.loads(text)
    return value if isinstance(value, str) else tuple(value)


def _spans(text: str | None) -> Spans | None:
    return None if text is None else tuple((first, end, label) for first, end, label in json.loads(text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
