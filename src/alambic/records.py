"""Documents, and the Parquet shards in which they travel between stages."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.errors import UserError

ROWS_PER_SHARD = 50_000


@dataclass(frozen=True)
class Document:
    """One text, where it comes from, and under which terms."""

    id: str  # unique within its source
    text: str
    source: str  # short name of the source
    url: str
    licence: str  # SPDX expression, LicenseRef-... for terms that SPDX does not know
    language: str = "fr"  # ISO 639-1
    date: str = ""  # ISO 8601, of the text or of its edition
    metadata: dict[str, str] = field(default_factory=dict)  # what the source knows beside the text


SCHEMA = pa.schema([(name, pa.string()) for name in Document.__dataclass_fields__])


def write_documents(documents: Iterable[Document], folder: Path, *, part: str = "documents") -> int:
    """Write `documents` as Parquet shards `<part>-00000.parquet`...; return how many there were."""
    remaining, count, shard = iter(documents), 0, 0
    while rows := [_row(document) for document in islice(remaining, ROWS_PER_SHARD)]:
        write_table(pa.Table.from_pylist(rows, schema=SCHEMA), folder / f"{part}-{shard:05d}.parquet")
        count, shard = count + len(rows), shard + 1
    return count


def write_table(table: pa.Table, path: Path) -> None:
    """Write one Parquet file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.tmp")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.rename(path)


def read_documents(folder: Path, *, part: str = "documents") -> Iterator[Document]:
    """Read the documents of `folder` in order; UserError when a shard is not whole Parquet."""
    for path in sorted(folder.glob(f"{part}-*.parquet")):
        try:
            with pq.ParquetFile(path) as shard:
                for batch in shard.iter_batches():
                    for row in batch.to_pylist():
                        yield Document(**{**row, "metadata": json.loads(row["metadata"])})
        except pa.ArrowInvalid as error:
            raise UserError(f"{path} is not whole Parquet ({error}): remove {folder} to make it again") from error


def _row(document: Document) -> dict[str, str]:
    return {**asdict(document), "metadata": json.dumps(document.metadata, ensure_ascii=False, sort_keys=True)}
