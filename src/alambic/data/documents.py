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
from alambic.data.shards import shards_of
from alambic.errors import UserError
from alambic.runtime.whole_file import replaced

# A flipped bit is found when it is read; statistics would be bytes of the footer that nothing checks, and nobody uses.
WRITTEN: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True, "write_statistics": False}
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
            self._path.unlink(missing_ok=True)  # of an attempt that was killed; a link would be written through
            self._writer = pq.ParquetWriter(self._path, self.schema, **WRITTEN)
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
    with replaced(path) as stream:
        pq.write_table(table, stream, **WRITTEN)


def join_tables(sources: list[Path], path: Path) -> None:
    """Write one Parquet file with the rows of several, some at a time, whole or not at all."""
    schema = pq.read_schema(sources[0])
    with replaced(path) as stream, pq.ParquetWriter(stream, schema, **WRITTEN) as writer:
        for source in sources:
            with pq.ParquetFile(source) as shard:
                for group in range(shard.num_row_groups):
                    writer.write_table(shard.read_row_group(group, use_threads=False))


def read_documents(folder: Path, *, part: str = "documents") -> Iterator[Document]:
    """Read the documents of `folder` in order; UserError when a shard is not whole Parquet."""
    for path in shards_of(folder, part):
        for row in read_rows(path):
            with damage_named(path):
                document = Document(**row)
                if not all(isinstance(value, str) for name, value in row.items() if name != "metadata"):
                    raise ValueError(f"a document without {', '.join(sorted(n for n in row if row[n] is None))}")
            yield document


def count_documents(folder: Path, *, part: str = "documents") -> int:
    """Count the documents of `folder` without reading them; UserError when a shard is not whole Parquet."""
    count = 0
    for path in shards_of(folder, part):
        with damage_named(path):
            count += pq.read_metadata(path).num_rows
    return count


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read a shard's rows, at most a thousand and a row group at once; UserError when it is not whole Parquet."""
    with damage_named(path), pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as shard:
        rows = 0
        for group in range(shard.num_row_groups):  # asked for more, pyarrow reads on in the next ones
            for batch in shard.iter_batches(ROWS_READ_AT_ONCE, row_groups=[group], use_threads=False):
                rows += batch.num_rows
                for row in batch.to_pylist():
                    yield {**row, "metadata": json.loads(row["metadata"])}
        if rows != shard.metadata.num_rows:
            raise ValueError(f"{rows} rows were read, {shard.metadata.num_rows} were written")


@contextlib.contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn all that reading damaged Parquet may end in into one error that names the file and the remedy."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, not of what the file holds
        raise UserError(
            f"{path} is not whole Parquet ({type(error).__name__}: {error}): remove {path.parent} to make it again, or "
            f"`python -m alambic verify --repair {path.parent}` sets it aside"
        ) from error
