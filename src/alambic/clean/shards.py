"""Several growing sets of Parquet shards, written as documents come."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.errors import UserError
from alambic.records import ROWS_PER_SHARD, SCHEMA, Document, write_table

CHARACTERS_PER_SHARD = 100_000_000  # bounds what a reader of a whole shard needs when documents are whole books
CHARACTERS_AT_ONCE = 4_000_000  # wait in memory
ROWS_READ_AT_ONCE = 1000


class Shards:
    """One set `<part>-00000.parquet`..., with text columns beside those of a document."""

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
            self._writer.close()
            self.written += 1
        self._writer, self._in_shard, self._rows_in_shard = None, 0, 0

    def _write(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            path = self.folder / f"{self.part}-{self.written:05d}.parquet"
            self._writer = pq.ParquetWriter(path, self.schema, compression="zstd")
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self.schema))
        self._rows, self._waiting = [], 0


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read a shard's rows, a thousand at once; UserError when it is not whole Parquet."""
    try:
        with pq.ParquetFile(path) as shard:
            for batch in shard.iter_batches(ROWS_READ_AT_ONCE):
                for row in batch.to_pylist():
                    yield {**row, "metadata": json.loads(row["metadata"])}
    except pa.ArrowInvalid as error:
        raise UserError(f"{path} is not whole Parquet ({error}): remove {path.parent} to make it again") from error


def gather(found: list[Path], folder: Path, part: str) -> None:
    """Number shards anew, in the order given, small ones in a row made one; those found stay."""
    for leftover in folder.glob(f"{part}-*.parquet"):  # of an attempt that was stopped
        leftover.unlink()
    for number, paths in enumerate(_together(found)):
        path = folder / f"{part}-{number:05d}.parquet"
        if len(paths) == 1:
            os.link(paths[0], path)
        else:
            write_table(pa.concat_tables(map(pq.read_table, paths)), path)


def _together(found: list[Path]) -> list[list[Path]]:
    groups: list[list[Path]] = []
    rows = size = 0
    for path in found:
        metadata = pq.read_metadata(path)
        own = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        rows, size = rows + metadata.num_rows, size + own
        if groups and rows <= ROWS_PER_SHARD and size <= CHARACTERS_PER_SHARD:
            groups[-1].append(path)
        else:
            groups.append([path])
            rows, size = metadata.num_rows, own
    return groups
