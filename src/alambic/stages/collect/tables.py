"""Documents out of a file of rows: JSON lines, CSV, Parquet, or plain text with one document a line."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect import delimited, json_lines, parquet
from alambic.stages.collect.compressed import unpacked, unpacked_name, whole
from alambic.stages.collect.lines import LONGEST, Line, Row, opened_text, read_lines, wrong_encoding
from alambic.stages.collect.values import as_text, as_whole_text

__all__ = ["SUFFIXES", "as_text", "kind_of", "read_documents", "read_rows", "read_text"]

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
    delimiter: str = "auto",
    rejections: Rejections = STRICT,
) -> Iterator[Document]:
    """Read one document from each row of `file`, called `name` in identifiers and errors.

    The other columns become metadata. Without `id_column`, a row is identified by the file and its number, from 0.
    A row without the columns, or whose text is missing or none, is rejected.
    """
    for row in _rows(file, name, encoding, quotes, delimiter, rejections):
        try:
            for column in filter(None, (text_column, id_column)):
                if column not in row.cells:
                    raise ValueError(f"no column '{column}'; its columns: {', '.join(row.cells)}")
            text = as_whole_text(row.cells[text_column], encoding)
            identifier = as_whole_text(row.cells[id_column], encoding) if id_column else f"{name}#{row.number}"
            if reason := unusable(text) or ("" if identifier.strip() else f"no identifier in '{id_column}'"):
                raise ValueError(reason)
            metadata = {
                as_text(key, encoding): as_text(value, encoding)
                for key, value in row.cells.items()
                if key not in (text_column, id_column) and not _missing(value)
            }
        except (ValueError, RecursionError) as error:
            rejections.add(row.place, str(error), _shown(row))
            continue
        rejections.at(row.place)
        yield Document(
            id=identifier, text=text, source=source, url=url, licence=licence, language=language, metadata=metadata
        )


def read_text(file: Path | IO[bytes], name: str, *, encoding: str = "utf-8") -> str:
    """Read a whole file of text, its line ends as \\n; UserError when it is not in `encoding`, or too large."""
    with readable(name, encoding), unpacked(file, name) as stream:
        text = opened_text(stream, encoding, newline=None).read(LONGEST + 1)
    if len(text) > LONGEST:
        raise UserError(f"{name} has more than {LONGEST:,} characters: no single text has; split it")
    if reason := wrong_encoding(text, encoding):
        raise UserError(f"{name} {reason}")
    return text


def read_rows(
    file: Path | IO[bytes],
    name: str,
    *,
    encoding: str = "utf-8",
    quotes: str = "double",
    delimiter: str = "auto",
    rejections: Rejections = STRICT,
) -> Iterator[dict[str, Any]]:
    """Read the rows of a file as dictionaries; UserError when it cannot be read as what its name says.

    A row that is not understood is rejected: a UserError too, where nobody takes `rejections`.
    """
    return (row.cells for row in _rows(file, name, encoding, quotes, delimiter, rejections))


def _rows(
    file: Path | IO[bytes], name: str, encoding: str, quotes: str, delimiter: str, rejections: Rejections
) -> Iterator[Row]:
    kind = kind_of(name)
    if not kind:
        raise UserError(
            f"{name}: unknown kind of file; expected one of {', '.join(SUFFIXES)}, with or without .gz, .bz2 or .xz"
        )
    with readable(name, encoding):
        if kind == ".parquet":
            yield from parquet.read(file, name, rejections)
            return
        with unpacked(file, name) as stream:
            lines = read_lines(opened_text(stream, encoding, newline=""), name)
            if kind in (".jsonl", ".ndjson"):
                yield from _not_empty(json_lines.read(lines, encoding, rejections), name, rejections)
            elif kind == ".txt":
                yield from _not_empty(_texts(lines, encoding, rejections), name, rejections)
            else:
                delimiter = "tab" if kind == ".tsv" and delimiter == "auto" else delimiter
                how = {"encoding": encoding, "delimiter": delimiter, "quotes": quotes}
                yield from delimited.read(lines, name, **how, rejections=rejections)


def _texts(lines: Iterable[Line], encoding: str, rejections: Rejections) -> Iterator[Row]:
    for line in lines:
        if line.text.isspace():
            continue
        if reason := wrong_encoding(line.text, encoding):
            rejections.add(line.place, reason, line.text)
        else:
            yield Row(line.rank, line.place, {"text": line.text.rstrip("\r\n")})


def _not_empty(rows: Iterator[Row], name: str, rejections: Rejections) -> Iterator[Row]:
    """Give the same rows; reject a file without a line."""
    before, any_row = rejections.rejected, False
    for row in rows:
        any_row = True
        yield row
    if not any_row and rejections.rejected == before:
        rejections.add(name, "an empty file")


@contextmanager
def readable(name: str, encoding: str) -> Iterator[None]:
    """Say which file cannot be read, and what to do, where reading it fails."""
    kind = kind_of(name)[1:] or "txt"
    try:
        with whole(name):
            yield
    except UnicodeError as error:
        raise UserError(
            f"{name} is not a readable {kind} file in {encoding.upper()} ({error}): {_encoding_of(error)}"
        ) from error
    except pa.ArrowException as error:
        raise UserError(f"{name} is not a readable {kind} file ({error})") from error


def _encoding_of(error: UnicodeError) -> str:
    """Say which encoding to give, by how the bytes begin."""
    start = error.object[:2] if isinstance(error, UnicodeDecodeError) else b""
    if start in (b"\xff\xfe", b"\xfe\xff"):
        return "it begins as UTF-16 does: give `encoding: utf-16` (`--encoding utf-16`)"
    return "give its `encoding` (`--encoding`): utf-8, cp1252, which Excel writes, latin-1 or utf-16; or convert it"


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _shown(row: Row) -> str:
    try:
        return as_text(row.cells, "latin-1")
    except ValueError:
        return str(row.cells)
    except RecursionError:
        return ""
