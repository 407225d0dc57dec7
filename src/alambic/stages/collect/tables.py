"""Documents out of a file of rows: JSON lines, CSV, Parquet, or plain text with one document a line."""

import csv
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked, unpacked_name, whole

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet")


def kind_of(name: str) -> str:
    """Give the suffix of SUFFIXES that `name` bears; empty when it has none.

    "notes.CSV.gz" -> ".csv", "scan.pdf" -> ""
    """
    suffix = Path(unpacked_name(name)).suffix
    return suffix if suffix in SUFFIXES else ""


def read_documents(
    file: Path | IO[bytes],
    name: str,
    *,
    text_column: str,
    id_column: str,
    source: str,
    licence: str,
    language: str,
    url: str = "",
    encoding: str = "utf-8",
    quotes: str = "double",
) -> Iterator[Document]:
    """Read one document from each row of `file`, called `name` in identifiers and errors.

    The other columns become metadata. Without `id_column`, a row is identified by the file and its number, from 0.
    """
    for number, row in enumerate(read_rows(file, name, encoding=encoding, quotes=quotes)):
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
    """Write a cell as text; a missing one is empty, a nested one is JSON, one of bytes is read as UTF-8."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return _without_halves(value if isinstance(value, str) else str(value))


def _without_halves(text: str) -> str:
    """Join the two halves of a sign that JSON writes apart (`\\ud83d\\ude00`); a half alone cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def read_text(file: Path | IO[bytes], name: str, *, encoding: str = "utf-8") -> str:
    """Read a whole file of text, its line ends as \\n; UserError when it is not in `encoding`."""
    with readable(name, encoding), unpacked(file, name) as stream:
        return TextIOWrapper(stream, encoding=_signed(encoding)).read()


def read_rows(
    file: Path | IO[bytes], name: str, *, encoding: str = "utf-8", quotes: str = "double"
) -> Iterator[dict[str, Any]]:
    """Read the rows of a file as dictionaries; UserError when it cannot be read as what its name says."""
    kind = kind_of(name)
    if not kind:
        raise UserError(
            f"{name}: unknown kind of file; expected one of {', '.join(SUFFIXES)}, with or without .gz, .bz2 or .xz"
        )
    with readable(name, encoding):
        if kind == ".parquet":
            with _laid_out(file, name) as table:
                yield from _parquet_rows(table)
            return
        with unpacked(file, name) as stream:
            lines = TextIOWrapper(stream, encoding=_signed(encoding), newline="")
            yield from _readers(kind, quotes)(lines)


@contextmanager
def readable(name: str, encoding: str) -> Iterator[None]:
    """Say which file cannot be read, and what to do, where reading it fails."""
    kind = kind_of(name)[1:] or "txt"
    try:
        with whole(name):
            yield
    except UnicodeError as error:
        raise UserError(
            f"{name} is not a readable {kind} file in {encoding.upper()} ({error}): give its `encoding`, or convert it"
        ) from error
    except (json.JSONDecodeError, csv.Error, pa.ArrowException) as error:
        raise UserError(f"{name} is not a readable {kind} file ({error})") from error


def _signed(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _readers(kind: str, quotes: str) -> Callable[[IO[str]], Iterator[dict[str, Any]]]:
    if kind in (".jsonl", ".ndjson"):
        return _json_rows
    if kind == ".txt":
        return _text_rows
    return lambda stream: _csv_rows(stream, delimiters="\t" if kind == ".tsv" else ";\t|,", quotes=quotes)


def _json_rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise json.JSONDecodeError(f"line {number}: {error.msg}", error.doc, error.pos) from error
            yield row if isinstance(row, dict) else {"text": row}


def _text_rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    for line in stream:
        if line.strip():
            yield {"text": line.rstrip("\r\n")}


def _csv_rows(stream: IO[str], *, delimiters: str, quotes: str) -> Iterator[dict[str, Any]]:
    """Read rows whose delimiter is the one that the header has most of."""
    csv.field_size_limit(2**31 - 1)  # the default refuses cells over 128 kB: a long report
    header = stream.readline()
    delimiter = max(delimiters, key=header.count)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quotes == "double" else csv.QUOTE_NONE
    columns = next(csv.reader([header], delimiter=delimiter, quoting=quoting), [])
    if len(set(columns)) < len(columns):
        raise csv.Error(f"two columns have one name: {columns}")
    rows = csv.reader(stream, delimiter=delimiter, quoting=quoting, strict=True)
    for row in filter(None, rows):
        if len(row) != len(columns):
            more = "more" if len(row) > len(columns) else "fewer"
            raise csv.Error(
                f"line {rows.line_num + 1} ends a row that has {more} cells than the {len(columns)} columns {columns}; "
                "where quotation marks are signs like others, say `quotes: none`"
            )
        yield dict(zip(columns, row, strict=True))


def _parquet_rows(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(stream) as table:
        for batch in table.iter_batches(batch_size=1000):
            yield from batch.to_pylist()


@contextmanager
def _laid_out(file: Path | IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """Give a table that is packed, or in an archive, as a file on the disk, since it is read from its end."""
    if isinstance(file, Path) and unpacked_name(name) == name.lower():
        with file.open("rb") as stream:
            yield stream
        return
    with unpacked(file, name) as stream, tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        yield copy
