"""Rows out of CSV and TSV, whatever their delimiter, with the lines that each was read from."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
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
NUMBER = re.compile(r"[\d.,:/+-]*")
QUOTES = "where quotation marks are signs like others, say `quotes: none`"
OPEN = f"a quotation mark is opened and not closed: {QUOTES}"


def read(
    lines: Iterable[Line], name: str, *, encoding: str, delimiter: str, quotes: str, rejections: Rejections
) -> Iterator[Row]:
    """Yield the rows below the header; one of another number of cells, or with a wrong quotation mark, is rejected.

    A `delimiter` of `auto` is the one that the header has most of, outside quotation marks; UserError where two columns
    have one name. A quotation mark that may have swallowed rows is a wrong one: see `swallowed`.
    """
    csv.field_size_limit(LONGEST)  # the default refuses cells over 128 kB: a long report
    source = _Recorded(lines, encoding)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quotes == "double" else csv.QUOTE_NONE
    columns, sign = _header(source, delimiter, quoting, name)
    if not columns:
        rejections.add(name, "an empty file")
        return
    if source.reason:
        raise UserError(f"{source.place(name)} {source.reason}")
    rows = csv.reader(source, delimiter=sign, quoting=quoting, strict=True)
    kinds: tuple[set[int], set[int]] = (set(), set())  # columns in which a row has had a text, and a number
    number = 0
    while True:
        source.begin_row()
        try:
            row = next(rows)
            reason = source.reason or _miscounted(row, columns, source.content)
            if not reason and quotes == "double" and swallowed(source.whole, sign, len(columns), kinds[1] - kinds[0]):
                reason = _swallowed(source)
        except StopIteration:
            break
        except csv.Error as error:
            row, reason = ["?"], _misquoted(error)
        if row and reason:
            rejections.add(source.place(name), reason, source.content, rows=source.taken)
        elif row:
            for column, cell in enumerate(row):
                if cell:
                    kinds[NUMBER.fullmatch(cell) is not None].add(column)
            yield Row(number, source.place(name), dict(zip(columns, row, strict=True)))
        number += bool(row)
    if not number:
        rejections.leave_out("tables without rows")


def swallowed(lines: list[str], sign: str, columns: int, numbers: Collection[int] = ()) -> bool:
    """Tell whether the lines of one row may be rows of their own, between two lone quotation marks.

    Each line has then as many cells as there are columns, none of them begins with a blank, as the words of a sentence
    do, and there are numbers in the columns `numbers`. A table of one column has no such signs.
    """
    if len(lines) < 2 or columns < 2 or "".join(lines).replace('""', "").count('"') != 2:
        return False
    for line in lines:
        cells = line.rstrip("\r\n").split(sign)
        if not line.isspace() and (len(cells) != columns or any(cell[:1].isspace() for cell in cells)):
            return False
        if len(cells) == columns and not all(NUMBER.fullmatch(cells[column].strip('"')) for column in numbers):
            return False
    return True


class _Recorded:
    """The texts of lines, of which those of the row that is being read are remembered; shown is how they begin."""

    def __init__(self, lines: Iterable[Line], encoding: str) -> None:
        self.lines, self.encoding = iter(lines), encoding
        self.first = self.last = 0
        self.begin_row()

    def begin_row(self) -> None:
        self.taken, self.content, self.reason = 0, "", ""
        self.whole: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.first = self.first if self.taken else line.number
        self.last = line.number
        self.taken += 1
        self.content += line.text[: KEPT - len(self.content)]
        self.whole.append(line.text)
        self.reason = self.reason or wrong_encoding(line.text, self.encoding)
        return line.text

    def place(self, name: str) -> str:
        return f"{name}:{self.first}" + (f"-{self.last}" if self.last > self.first else "")


def _header(source: _Recorded, delimiter: str, quoting: Literal[0, 3], name: str) -> tuple[list[str], str]:
    """Give the names of the columns, which may spread over several lines where they are quoted, and the delimiter."""
    given = DELIMITERS.get(delimiter, "")
    header: list[str] = []
    for line in source:
        if not header and (not line.strip() or (not given and (match := SEPARATOR_LINE.fullmatch(line)))):
            given = given if not line.strip() else match[1]  # type: ignore[index]
            source.begin_row()
            continue
        header.append(line)
        if len(header) > 1 and '"' not in line and len(header) < LINES_OF_HEADER:
            continue  # no end of a quoted name
        sign = given or _most_frequent("".join(header), quoting)
        try:
            columns = next(csv.reader(header, delimiter=sign, quoting=quoting, strict=True))
        except csv.Error as error:
            if _is_open(error) and len(header) < LINES_OF_HEADER:
                continue
            raise UserError(f"{source.place(name)} is no header of a table ({_misquoted(error)})") from error
        if quoting == csv.QUOTE_MINIMAL and swallowed(header, sign, len(columns)):
            raise UserError(f"{source.place(name)} is no header of a table ({_swallowed(source)})")
        if len(set(columns)) < len(columns):
            raise UserError(f"{name}: two columns have one name: {columns}: rename one of them")
        return columns, sign
    if header:
        raise UserError(f"{source.place(name)} is no header of a table ({OPEN})")
    return [], ""


def _most_frequent(header: str, quoting: Literal[0, 3]) -> str:
    outside = QUOTED.sub("", header) if quoting == csv.QUOTE_MINIMAL else header
    return max(TRIED, key=outside.count) if any(sign in outside for sign in TRIED) else ","


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
    return OPEN if _is_open(error) else f"a quotation mark within a cell ({error}): {QUOTES}"


def _is_open(error: csv.Error) -> bool:
    return "unexpected end" in str(error) or "field larger" in str(error)


def _swallowed(source: _Recorded) -> str:
    return (
        f"a quotation mark is opened in line {source.first} and closed in line {source.last}, and each of these lines "
        f"reads as a row: {QUOTES}; where it is one cell, put every cell of the table in quotation marks"
    )
