"""Documents, and the Parquet shards in which they travel between stages."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.compat import abandon_writer
from alambic.errors import UserError

ROWS_PER_SHARD = 50_000
CHARACTERS_PER_SHARD = 100_000_000  # bounds what a reader of a whole shard needs when documents are whole books
CHARACTERS_AT_ONCE = 1_000_000  # wait in memory, and are read at once
ROWS_READ_AT_ONCE = 1000


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
    metadata: dict[str, str] = field(default_factory=dict)  # what the source knows besides the text


SCHEMA = pa.schema([(name, pa.string()) for name in Document.__dataclass_fields__])


class Shards:
    """One set `<part>-00000.parquet`..., with text columns besides those of a document."""

    def __init__(self, folder: Path, part: str, *columns: str) -> None:
        self.folder, self.part = folder, part
        self.schema = pa.schema([*SCHEMA, *((column, pa.string()) for column in columns)])
        self.written = 0
        self._rows: list[dict[str, str | None]] = []
        self._waiting = self._in_shard = self._rows_in_shard = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, document: Document, **columns: str | None) -> None:
        """Take one document; it is on disk after `close` at the latest."""
        metadata = json.dumps(document.metadata, ensure_ascii=False, sort_keys=True)
        self._rows.append({**vars(document), "metadata": metadata, **columns})
        characters = len(document.text)
        self._waiting, self._in_shard = self._waiting + characters, self._in_shard + characters
        self._rows_in_shard += 1
        if self._rows_in_shard >= ROWS_PER_SHARD or self._in_shard >= CHARACTERS_PER_SHARD:
            self.close()
        elif self._waiting >= CHARACTERS_AT_ONCE:
            self._write()

    def close(self) -> None:
        """Write what waits, and end the shard that grows."""
        self._write()
        if self._writer is not None:
            with self._removed_on_error():
                self._writer.close()
            self.written += 1
        self._writer, self._in_shard, self._rows_in_shard = None, 0, 0

    def _write(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, self.schema, compression="zstd")
        with self._removed_on_error():
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self.schema))
        self._rows, self._waiting = [], 0

    @contextlib.contextmanager
    def _removed_on_error(self) -> Iterator[None]:
        """Give back the space of a shard that cannot be written: a full disk has to hold the reason."""
        writer = self._writer
        assert writer is not None
        try:
            yield
        except BaseException:
            abandon_writer(writer)
            self._path.unlink()
            raise

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.part}-{self.written:05d}.parquet"


def write_documents(documents: Iterable[Document], folder: Path, *, part: str = "documents") -> int:
    """Write `documents` as Parquet shards `<part>-00000.parquet`..., as they come; return how many there were."""
    shards, count = Shards(folder, part), 0
    for document in documents:
        shards.add(document)
        count += 1
    shards.close()
    return count


def write_table(table: pa.Table, path: Path) -> None:
    """Write one Parquet file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.tmp")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.rename(path)


def join_tables(sources: list[Path], path: Path) -> None:
    """Write one Parquet file with the rows of several, some at a time, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.tmp")
    with pq.ParquetWriter(unfinished, pq.read_schema(sources[0]), compression="zstd") as writer:
        for source in sources:
            with pq.ParquetFile(source) as shard:
                for group in range(shard.num_row_groups):
                    writer.write_table(shard.read_row_group(group, use_threads=False))
    unfinished.rename(path)


def read_documents(folder: Path, *, part: str = "documents") -> Iterator[Document]:
    """Read the documents of `folder` in order; UserError when a shard is not whole Parquet."""
    for path in sorted(folder.glob(f"{part}-*.parquet")):
        for row in read_rows(path):
            yield Document(**row)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read a shard's rows, at most a thousand and a row group at once; UserError when it is not whole Parquet."""
    try:
        with pq.ParquetFile(path, pre_buffer=False) as shard:
            for group in range(shard.num_row_groups):  # asked for more, pyarrow reads on in the next ones
                for batch in shard.iter_batches(ROWS_READ_AT_ONCE, row_groups=[group], use_threads=False):
                    for row in batch.to_pylist():
                        yield {**row, "metadata": json.loads(row["metadata"])}
    except pa.ArrowInvalid as error:
        raise UserError(f"{path} is not whole Parquet ({error}): remove {path.parent} to make it again") from error
