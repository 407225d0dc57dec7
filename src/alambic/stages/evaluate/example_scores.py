"""What a model thought of each example, and not only its answer: calibration and the control of risk need that.

example_scores.parquet has a row for each seed and example: seed, dataset, split ("test", "calibration" or "dev"), id,
and scores, a list of probabilities in single precision. For an answer to the whole example they are those of the
labels; for one to each word, those of the first word, of the second, and so on. The metadata of the schema have
`labels`, a JSON list, in that order: `numpy.reshape(scores, (-1, len(labels)))` has a row per word, or one row.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from alambic.data.documents import write_table
from alambic.tasks.examples import Example
from alambic.tasks.head import Prediction

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

    def add(
        self, examples: Sequence[Example], predictions: Sequence[Prediction], *, seed: str, dataset: str, split: str
    ) -> None:
        """Gather the scores of examples, where their predictions have any."""
        scores = [prediction.scores for prediction in predictions if prediction.scores is not None]
        if not scores:
            return
        assert len(scores) == len(examples)
        ends = np.cumsum([0, *(values.size for values in scores)], dtype=np.int32)
        columns = {
            "seed": [seed] * len(examples),
            "dataset": [dataset] * len(examples),
            "split": [split] * len(examples),
            "id": [example.id for example in examples],
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
