"""Several growing sets of Parquet shards, written as documents come."""

import json
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from alambic.records import ROWS_PER_SHARD, SCHEMA, Document, write_table

CHARACTERS_PER_SHARD = 100_000_000  # bounds the memory when documents are whole books


class Shards:
    """One set `<part>-00000.parquet`..., with text columns beside those of a document."""

    def __init__(self, folder: Path, part: str, *columns: str) -> None:
        self.folder, self.part = folder, part
        self.schema = pa.schema([*SCHEMA, *((column, pa.string()) for column in columns)])
        self.documents = self.words = self.written = self._characters = 0
        self._rows: list[dict[str, str]] = []
        for leftover in folder.glob(f"{part}-*.parquet"):  # of an attempt that was stopped
            leftover.unlink()

    def add(self, document: Document, **columns: str) -> None:
        """Take one document; it is on disk after the next `flush` at the latest."""
        metadata = json.dumps(document.metadata, ensure_ascii=False, sort_keys=True)
        self._rows.append({**asdict(document), "metadata": metadata, **columns})
        self._characters += len(document.text)
        self.documents += 1
        self.words += len(document.text.split())
        if len(self._rows) >= ROWS_PER_SHARD or self._characters >= CHARACTERS_PER_SHARD:
            self.flush()

    def flush(self) -> None:
        """Write what waits as one shard."""
        if self._rows:
            table = pa.Table.from_pylist(self._rows, schema=self.schema)
            write_table(table, self.folder / f"{self.part}-{self.written:05d}.parquet")
            self.written += 1
        self._rows, self._characters = [], 0
