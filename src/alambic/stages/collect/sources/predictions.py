"""Predictions that you have, of any system, to be scored on a task: a file with a row for each text.

.jsonl, .csv, .tsv or .parquet. A row has the text's identifier in the task's data, and one of `predicted` (JSON, as
`predict` writes it), `entities` ([{"start": 0, "end": 4, "label": "DRUG"}]), `labels` (a list) and `label`: so do the
JSON lines of `python -m alambic apply`, and `predict`'s predictions.parquet, whose seeds and test sets are told apart.
Each document is one prediction, as JSON. Licence and conditions: what the experiment says. To cite: what it says.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.plugins import Place
from alambic.stages.collect.folders import files_of
from alambic.stages.collect.tables import read_rows
from alambic.stages.collect.values import as_text

ANSWERS = ("predicted", "entities", "labels", "label")
KEYS = ("seed", "dataset", "split")  # of the predictions of `predict`


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    id_column: str = "id",
    answer_column: str = "",
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8",
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe", "none"] = "auto",
) -> Iterator[Document]:
    """Yield one document per row; a row without an identifier or an answer is rejected."""
    for file, name in files_of(pinned_folder(path, digest), ("*",), rejections):
        rows = read_rows(file, name, encoding=encoding, delimiter=delimiter, rejections=rejections)
        for number, row in enumerate(rows):
            column = answer_column or next((column for column in ANSWERS if column in row), "")
            identifier = as_text(row.get(id_column)).strip()
            if not identifier or row.get(column) is None:
                missing = column or " or ".join(ANSWERS) if identifier else id_column
                rejections.add(f"{name}#{number}", f"nothing in column {missing}; the columns: {', '.join(row)}")
                continue
            rejections.at(f"{name}#{number}")
            keys = {key: as_text(row[key]) for key in KEYS if row.get(key) is not None}
            yield Document(
                id="/".join([*keys.values(), identifier]),
                text=json.dumps(_answer(row, column), ensure_ascii=False),
                source="predictions",
                url="",
                licence=licence,
                metadata={**keys, "example": identifier},
            )


def _answer(row: Mapping[str, Any], column: str) -> Any:
    """Give an answer as JSON holds it; a cell of text may hold JSON itself."""
    value = row[column]
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{", '"'):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
