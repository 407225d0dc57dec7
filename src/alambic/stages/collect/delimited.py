"""Rows out of CSV and TSV, whatever their delimiter, with the lines that each was read from."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from alambic.data.rejected import LONGEST as KEPT
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.lines import LONGEST, Line, Row, wrong_encoding

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "none": "\ufdd0"}
TRIED = ";\t|,"
LINES_OF_HEADER = 100
QUOTED = re.compile(r'"[^"]*"')
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # by which Excel is told
QUOTES = "where quotation marks are signs like others, say `quotes: none`"


def read(
    lines: Iterable[Line], name: str, *, encoding: str, delimiter: str, quotes: str, rejections: Rejections
) -> Iterator[Row]:
    """Yield the rows below the header; one of another number of cells, or with a wrong quotation mark, is rejected.

    A `delimiter` of `auto` is the one that the header has most of, outside quotation marks; UserError where two columns
    have one name.
    """
    csv.field_size_limit(LONGEST)  # the default refuses cells over 128 kB: a long report
    source = _Recorded(lines, encoding)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quotes == "double" else csv.QUOTE_NONE
    header, sign = _header(source, delimiter, quotes)
    if not header:
        rejections.add(name, "an empty file")
        return
    columns = _columns(header, sign, quoting, name)
    if source.reason:
        raise UserError(f"{name} {source.reason}")
    rows = csv.reader(source, delimiter=sign, quoting=quoting, strict=True)
    number = 0
    while True:
        source.begin_row()
        try:
            row = next(rows)
            reason = source.reason or _miscounted(row, columns, source.content)
        except StopIteration:
            break
        except csv.Error as error:
            row, reason = ["?"], _misquoted(error)
        if row and reason:
            rejections.add(source.place(name), reason, source.content, rows=source.taken)
        elif row:
            yield Row(number, source.place(name), dict(zip(columns, row, strict=True)))
        number += bool(row)
    if not number:
        rejections.leave_out("tables without rows")


class _Recorded:
    """The texts of lines, of which those of the row that is being read are remembered, as far as they are shown."""

    def __init__(self, lines: Iterable[Line], encoding: str) -> None:
        self.lines, self.encoding = iter(lines), encoding
        self.first = self.last = 0
        self.begin_row()

    def begin_row(self) -> None:
        self.taken, self.content, self.reason = 0, "", ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.first = self.first if self.taken else line.number
        self.last = line.number
        self.taken += 1
        self.content += line.text[: KEPT - len(self.content)]
        self.reason = self.reason or wrong_encoding(line.text, self.encoding)
        return line.text

    def place(self, name: str) -> str:
        return f"{name}:{self.first}" + (f"-{self.last}" if self.last > self.first else "")


def _header(source: _Recorded, delimiter: str, quotes: str) -> tuple[list[str], str]:
    """Give the lines of the header, which a quoted name may spread over several, and the delimiter."""
    header: list[str] = []
    given = DELIMITERS.get(delimiter, "")
    for line in source:
        if not header and not line.strip():
            continue
        if not header and not given and (match := SEPARATOR_LINE.fullmatch(line)):
            given = match[1]
            continue
        header.append(line)
        if quotes != "double" or "".join(header).count('"') % 2 == 0 or len(header) == LINES_OF_HEADER:
            break
    outside = "".join(header)
    if quotes == "double":
        outside = QUOTED.sub("", outside)
    return header, given or (max(TRIED, key=outside.count) if any(sign in outside for sign in TRIED) else ",")


def _columns(header: list[str], sign: str, quoting: Literal[0, 3], name: str) -> list[str]:
    try:
        columns = next(csv.reader(header, delimiter=sign, quoting=quoting, strict=True), [])
    except csv.Error as error:
        raise UserError(f"{name} is not a readable csv file: its header is not ({error}); {QUOTES}") from error
    if len(set(columns)) < len(columns):
        raise UserError(f"{name}: two columns have one name: {columns}: rename one of them")
    return columns


def _miscounted(row: list[str], columns: list[str], content: str) -> str:
    if not row or len(row) == len(columns):
        return ""
    more = "more" if len(row) > len(columns) else "fewer"
    remedy = "put cells with a delimiter in quotation marks, or give the `delimiter`"
    if '"' in content:
        remedy = QUOTES
    elif len(columns) == 1:
        remedy = "where the whole line is one text, say `delimiter: none`"
    return f"{len(row)} cells, {more} cells than the {len(columns)} columns {columns}: {remedy}"


def _misquoted(error: csv.Error) -> str:
    if "unexpected end" in str(error) or "field larger" in str(error):
        return f"a quotation mark is opened and not closed: {QUOTES}"
    return f"a quotation mark within a cell ({error}): {QUOTES}"
