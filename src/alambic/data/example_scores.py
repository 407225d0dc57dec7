"""What a model thought of each example, and not only its answer: calibration and the control of risk need that.

example_scores.parquet has a row for each seed and example: seed, dataset, split ("test", "calibration" or "dev"), id,
and scores, a list of probabilities in single precision. For an answer to the whole example they are those of the
labels; for one to each word, those of the first word, of the second, and so on, with zeros for a word that was not read
or on which no prediction counts. The metadata of the schema have `labels`, a JSON list, in that order:
`numpy.reshape(scores, (-1, len(labels)))` has a row per word, or one row.

Of a model that chooses among thousands of labels, or writes, the file is sparse: it has a further column, `labels`, a
list of what each score of the row is of. These are the likeliest labels, or those that were written, and perhaps
`<sequence>`, the probability of all that was written, normalised by its length (the geometric mean of its tokens'), and
`<margin>`, what it has more than the next best output of the search.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import damage_named, write_table

NAME = "example_scores.parquet"
SEQUENCE, MARGIN = "<sequence>", "<margin>"
SCHEMA = pa.schema(
    [
        *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("seed", "dataset", "split")),
        ("id", pa.string()),
        ("scores", pa.list_(pa.float32())),
    ]
)
SPARSE = SCHEMA.append(pa.field("labels", pa.list_(pa.string())))


class ExampleScores:
    """The scores of many predictions, gathered to be written at once."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def add(
        self,
        ids: Sequence[str],
        scores: Sequence[np.ndarray],
        *,
        seed: str,
        dataset: str,
        split: str,
        labels: Sequence[Sequence[str]] = (),
    ) -> None:
        """Gather the scores of examples; none of them has any where the predictor gives none.

        `labels` are what the scores of each example are of, where they are not those of all labels.
        """
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
        if labels:
            columns["labels"] = [list(names) for names in labels]
        schema = SPARSE if labels else SCHEMA
        typed = {name: _typed(values, schema.field(name).type) for name, values in columns.items()}
        self.tables.append(pa.table(typed, schema=schema))

    def write(self, folder: Path, labels: Sequence[str]) -> None:
        """Write the file, where there are any scores."""
        if self.tables:
            table = pa.concat_tables(self.tables).unify_dictionaries()
            facts = {"labels": json.dumps(list(labels), ensure_ascii=False)}
            write_table(table.replace_schema_metadata(facts), folder / NAME)


def _typed(values: pa.Array | list[str], kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind) if isinstance(values, list) else values


def read_example_scores(folder: Path, *, split: str) -> dict[tuple[str, str], list[np.ndarray]]:
    """Read the scores of one split by dataset and seed, (rows, labels) of each example.

    None where there is no file, and where it is sparse: `read_top_scores` reads that.
    """
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for key, values, labels, named in _rows(folder, split):
        if named is None:
            found.setdefault(key, []).append(values.reshape(-1, len(labels)))
    return found


def read_top_scores(folder: Path, *, split: str) -> dict[tuple[str, str], list[dict[str, float]]]:
    """Read the scores of whole examples by dataset and seed, each by what it is of; all labels of a file not sparse.

    None where there is no file. UserError where the answers are to words.
    """
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for key, values, labels, named in _rows(folder, split):
        names = labels if named is None else named
        with damage_named(folder / NAME):
            found.setdefault(key, []).append(dict(zip(names, values.tolist(), strict=True)))
    return found


def _rows(folder: Path, split: str) -> Iterator[tuple[tuple[str, str], np.ndarray, list[str], list[str] | None]]:
    """Yield dataset and seed, scores, the labels of the file, and those of the row where the file is sparse."""
    path = folder / NAME
    if not path.exists():
        return
    with damage_named(path):
        table = pq.read_table(path, filters=[("split", "=", split)])
        labels: list[str] = json.loads(table.schema.metadata[b"labels"])
    columns = [table.column(name).to_pylist() for name in ("dataset", "seed")]
    sparse = "labels" in table.column_names
    named = table.column("labels").to_pylist() if sparse else [None] * table.num_rows
    for dataset, seed, names, values in zip(*columns, named, table.column("scores"), strict=True):
        yield (dataset, seed), np.asarray(values.values, np.float32), labels, names
