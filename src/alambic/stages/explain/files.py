"""What the stage writes: explanations, texts, measures and nearest examples as tables, and what follows as JSON."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic.data.documents import write_table
from alambic.stages.explain.explanations import Explanation, Measured
from alambic.stages.explain.neighbours import Neighbour

FILE = "explanations.json"
REPEATED = pa.dictionary(pa.int32(), pa.string())
SUBJECT = [("dataset", REPEATED), ("example", pa.string()), ("system", REPEATED), ("seed", REPEATED)]
ATTRIBUTIONS = pa.schema(
    [
        *SUBJECT,
        ("method", REPEATED),
        ("method_seed", pa.int32()),
        ("target", pa.string()),
        ("probability", pa.float32()),
        ("starts", pa.list_(pa.int32())),
        ("ends", pa.list_(pa.int32())),
        ("values", pa.list_(pa.float32())),
        ("seconds", pa.float32()),
    ]
)
MEASURES = pa.schema(
    [*SUBJECT, ("method", REPEATED), ("target", pa.string()), ("measure", REPEATED), ("value", pa.float32())]
)
TEXTS = pa.schema(
    [
        ("dataset", REPEATED),
        ("example", pa.string()),
        ("text", pa.string()),
        ("gold", pa.string()),
        ("agreement", pa.float32()),  # mean rank correlation of the methods; null where none is compared
    ]
)
NEIGHBOURS = pa.schema(
    [
        *SUBJECT,
        ("target", pa.string()),
        ("method", REPEATED),
        ("rank", pa.int32()),
        ("neighbour", pa.string()),
        ("text", pa.string()),
        ("gold", pa.string()),
        ("similarity", pa.float32()),
    ]
)


def _subject(explanation: Explanation) -> dict[str, Any]:
    case = explanation.case
    return {
        "dataset": explanation.dataset,
        "example": case.example.id,
        "system": explanation.system,
        "seed": str(explanation.seed),
        "method": explanation.method,
        "target": case.target,
    }


def write_attributions(explanations: Sequence[Explanation], output: Path) -> None:
    """Write attributions.parquet, a row for each explanation."""
    rows = []
    for each in explanations:
        starts, ends = np.array(each.case.words, np.int32).reshape(-1, 2).T
        values = {"starts": starts, "ends": ends, "values": each.values.astype(np.float32)}
        rest = {"method_seed": each.method_seed, "probability": each.probability, "seconds": each.seconds}
        rows.append({**_subject(each), **rest, **values})
    write_table(pa.Table.from_pylist(rows, ATTRIBUTIONS), output / "attributions.parquet")


def write_measures(measured: Sequence[Measured], output: Path) -> None:
    """Write measures.parquet, a row for each explanation and measure; a measure that it has not is null."""
    rows = [
        {**_subject(each.explanation), "measure": each.measure, "value": None if math.isnan(each.value) else each.value}
        for each in measured
    ]
    write_table(pa.Table.from_pylist(rows, MEASURES), output / "measures.parquet")


def write_texts(explanations: Sequence[Explanation], agreements: Mapping[tuple[str, str], float], output: Path) -> None:
    """Write explained_texts.parquet, a row for each text; two texts are one, on two lines."""
    texts = {each.text: each.case for each in explanations}
    rows = [
        {
            "dataset": dataset,
            "example": id_,
            "text": case.text,
            "gold": _joined(case.example.gold),
            "agreement": agreements.get((dataset, id_)),
        }
        for (dataset, id_), case in texts.items()
    ]
    write_table(pa.Table.from_pylist(rows, TEXTS), output / "explained_texts.parquet")


def neighbour_rows(explanation: Explanation, method: str, neighbours: Sequence[Neighbour]) -> list[dict[str, Any]]:
    """Give a row for each training example that is near to a text."""
    return [
        {
            **_subject(explanation),
            "method": method,
            "rank": rank,
            "neighbour": each.example.id,
            "text": each.example.text,
            "gold": _joined(each.example.gold),
            "similarity": each.similarity,
        }
        for rank, each in enumerate(neighbours, 1)
    ]


def write_neighbours(rows: Sequence[dict[str, Any]], output: Path) -> None:
    """Write nearest_examples.parquet."""
    write_table(pa.Table.from_pylist(list(rows), NEIGHBOURS), output / "nearest_examples.parquet")


def write_json(content: dict[str, Any], output: Path) -> None:
    """Write explanations.json; a number that there is not is null."""
    text = json.dumps(_finite(content), indent=1, ensure_ascii=False)
    (output / FILE).write_text(text + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _joined(answer: str | tuple[str, ...]) -> str:
    return answer if isinstance(answer, str) else "|".join(answer)
