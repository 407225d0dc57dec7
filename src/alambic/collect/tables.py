"""Documents out of a file of rows: JSON lines, CSV, Parquet, or plain text with one document a line."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.errors import UserError
from alambic.records import Document

SUFFIXES = (".jsonl", ".csv", ".tsv", ".txt", ".parquet")


def kind_of(name: str) -> str:
    """Give the suffix of SUFFIXES that `name` bears, with or without `.gz`; empty when it has none."""
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    return suffix if suffix in SUFFIXES else ""


def read_documents(
    path: Path, name: str, *, text_column: str, id_column: str, source: str, licence: str, language: str, url: str = ""
) -> Iterator[Document]:
    """Read one document from each row of the file `path`, called `name` in identifiers and errors.

    The other columns become metadata. Without `id_column`, a row is identified by the file and its number, from 0.
    """
    for number, row in enumerate(read_rows(path, name)):
        for column in filter(None, (text_column, id_column)):
            if column not in row:
                raise UserError(f"{name}, row {number}: no column '{column}'; its columns: {', '.join(row)}")
        yield Document(
            id=as_text(row[id_column]) if id_column else f"{name}#{number}",
            text=as_text(row[text_column]),
            source=source,
            url=url,
            licence=licence,
            language=language,
            metadata={
                key: as_text(value)
                for key, value in row.items()
                if key not in (text_column, id_column) and value is not None
            },
        )


def as_text(value: Any) -> str:
    """Write a cell as text; a missing one is empty, a nested one is JSON."""
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return value if isinstance(value, str) else str(value)


def read_rows(path: Path, name: str) -> Iterator[dict[str, Any]]:
    """Read the rows of a file as dictionaries; UserError when it cannot be read as what its name says."""
    kind = kind_of(name)
    if not kind:
        raise UserError(f"{name}: unknown kind of file; expected one of {', '.join(SUFFIXES)}, with or without .gz")
    try:
        if kind == ".parquet":
            yield from _parquet_rows(path)
            return
        with _open(path, packed=name.lower().endswith(".gz")) as stream:
            yield from {".jsonl": _json_rows, ".txt": _text_rows}.get(kind, _csv_rows)(stream)
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error, pa.ArrowInvalid, gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{name} is not a readable {kind[1:]} file in UTF-8 ({error}): {path}") from error


def _open(path: Path, *, packed: bool) -> IO[str]:
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _json_rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    for line in stream:
        if line.strip():
            row = json.loads(line)
            yield row if isinstance(row, dict) else {"text": row}


def _text_rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    for line in stream:
        if line.strip():
            yield {"text": line.rstrip("\r\n")}


def _csv_rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    """Read rows whose delimiter is the one that the header has most of."""
    csv.field_size_limit(2**31 - 1)  # the default refuses cells over 128 kB: a long report
    header = stream.readline()
    delimiter = max(",;\t|", key=header.count)
    columns = next(csv.reader([header], delimiter=delimiter), [])
    for row in csv.DictReader(stream, fieldnames=columns, delimiter=delimiter, strict=True):
        if None in row:
            raise csv.Error(f"a row has more cells than the {len(columns)} columns {columns}")
        yield row


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as table:
        for batch in table.iter_batches(batch_size=1000):
            yield from batch.to_pylist()
