"""What a model thought of each example, and not only its answer: calibration and the control of risk need that.

example_scores.parquet has a row for each seed and example: seed, dataset, split ("test", "calibration" or "dev"), id,
and scores, a list of probabilities in single precision. For an answer to the whole example they are those of the
labels; for one to each word, those of the first word, of the second, and so on, with zeros for a word that was not read
or on which no prediction counts. The metadata of the schema have `labels`, a JSON list, in that order:
`numpy.reshape(scores, (-1, len(labels)))` has a row per word, or one row.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import damage_named, write_table

NAME = "example_scores.parquet"
SCHEMA = pa.schema(
    [
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("seed", "dataset", "split")),
        ("id", pa.string()),
        ("scores", pa.list_(pa.float32())),
    ]
)


class ExampleScores:
    """The scores of many predictions, gathered to be written at once."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def add(self, ids: Sequence[str], scores: Sequence[np.ndarray], *, seed: str, dataset: str, split: str) -> None:
        """Gather the scores of examples; none of them has any where the predictor gives none."""
        if not scores:
            return
        assert len(scores) == len(ids)
        ends = np.cumsum([0, *(values.size for values in scores)], dtype=np.int32)
        columns = {
            "seed": [seed] * len(ids),
            "dataset": [dataset] * len(ids),
            "split": [split] * len(ids),
            "id": list(ids),
            "scores": pa.ListArray.from_arrays(ends, np.concatenate([values.ravel() for values in scores])),
        }
        self.tables.append(pa.table({name: _typed(name, values) for name, values in columns.items()}, schema=SCHEMA))

    def write(self, folder: Path, labels: Sequence[str]) -> None:
        """Write the file, where there are any scores."""
        if self.tables:
            table = pa.concat_tables(self.tables).unify_dictionaries()
            facts = {"labels": json.dumps(list(labels), ensure_ascii=False)}
            write_table(table.replace_schema_metadata(facts), folder / NAME)


def _typed(name: str, values: pa.Array | list[str]) -> pa.Array:
    return pa.array(values, SCHEMA.field(name).type) if isinstance(values, list) else values


def read_example_scores(folder: Path, *, split: str) -> dict[tuple[str, str], list[np.ndarray]]:
    """Read the scores of one split by dataset and seed, (rows, labels) of each example; none where there is no file."""
    path = folder / NAME
    if not path.exists():
        return {}
    with damage_named(path):
        table = pq.read_table(path, filters=[("split", "=", split)])
        labels = len(json.loads(table.schema.metadata[b"labels"]))
        found: dict[tuple[str, str], list[np.ndarray]] = {}
        columns = (table.column(name).to_pylist() for name in ("dataset", "seed"))
        for dataset, seed, values in zip(*columns, table.column("scores"), strict=True):
            scores = np.asarray(values.values, np.float32).reshape(-1, labels)
            found.setdefault((dataset, seed), []).append(scores)
        return found
