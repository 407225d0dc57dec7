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
NUMBER = re.compile(r"[\d.,:/+-]*")
QUOTES = "where quotation marks are signs like others, say `quotes: none`"
OPEN = f"a quotation mark is opened and not closed: {QUOTES}"


def read(
    lines: Iterable[Line], name: str, *, encoding: str, delimiter: str, quotes: str, rejections: Rejections
) -> Iterator[Row]:
    """Yield the rows below the header; one of another number of cells, or with a wrong quotation mark, is rejected.

    A `delimiter` of `auto` is the one that the header has most of, outside quotation marks; UserError where two columns
    have one name. A quotation mark that may have swallowed rows is a wrong one.
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
    known = _Known(sign, source.whole)
    number = 0
    while True:
        source.begin_row()
        try:
            row = next(rows)
            reason = source.reason or _miscounted(row, columns, source.content)
            if not reason and known.swallowed(row, source.whole):
                reason = _swallowed(source)
        except StopIteration:
            break
        except csv.Error as error:
            row, reason = ["?"], _misquoted(error)
        if row and reason:
            rejections.add(source.place(name), reason, source.content, rows=source.taken)
        elif row:
            known.learn(row, source.whole)
            yield Row(number, source.place(name), dict(zip(columns, row, strict=True)))
        number += bool(row)
    if not number:
        rejections.leave_out("tables without rows")


class _Known:
    """What the rows of a table are like, by which a cell of several lines is told from rows that were swallowed."""

    def __init__(self, sign: str, header: list[str]) -> None:
        self.sign, self.header = sign, header
        self.numbers: set[int] = set()
        self.texts: set[int] = set()
        self.bare: set[int] = set()  # columns in which a row had a cell without quotation marks

    def learn(self, row: list[str], lines: list[str]) -> None:
        """Take a row into account; an empty cell says nothing."""
        raw = self._alone(lines[-1], len(row)) if len(lines) == 1 else None
        for column, cell in enumerate(row):
            if cell:
                (self.numbers if NUMBER.fullmatch(cell) else self.texts).add(column)
                if raw is not None and not raw[column].startswith('"'):
                    self.bare.add(column)

    def swallowed(self, row: list[str], lines: list[str]) -> bool:
        """Tell whether the lines of one row may be rows of their own, between two lone quotation marks.

        Each has then as many cells as the row, none of which begins with a blank, as the words of a sentence do, and
        numbers where other rows have only numbers. Nor has every other row quotation marks there. A table of one
        column has no such signs.
        """
        if len(lines) < 2 or len(row) < 2:
            return False
        over = next(column for column, cell in enumerate(row) if "\n" in cell or "\r" in cell)
        if over not in (self.bare if self.numbers | self.texts else self._bare_names(row)):
            return False
        numbers = {column for column in self.numbers - self.texts if NUMBER.fullmatch(row[column])}
        return all(self._is_row(line, len(row), numbers) for line in lines if not line.isspace())

    def _bare_names(self, row: list[str]) -> set[int]:
        """Give the columns whose names are without quotation marks, as far as the header has one line."""
        names = self._alone(self.header[-1], len(row)) if len(self.header) == 1 else None
        return {column for column in range(len(row)) if names is None or not names[column].startswith('"')}

    def _is_row(self, line: str, columns: int, numbers: set[int]) -> bool:
        cells = self._alone(line, columns)
        return (
            cells is not None
            and not any(cell[:1].isspace() for cell in cells)
            and all(NUMBER.fullmatch(cells[column].strip('"')) for column in numbers)
        )

    def _alone(self, line: str, columns: int) -> list[str] | None:
        """Give the cells of a line by itself, with their quotation marks; None where it is no row."""
        line = line.rstrip("\r\n")
        if len(cells := line.split(self.sign)) == columns:
            return cells
        cells = next(csv.reader([line], delimiter=self.sign), [])
        return [f'"{cell}"' if f'"{cell}"' in line else cell for cell in cells] if len(cells) == columns else None


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
        if quoting == csv.QUOTE_MINIMAL and _Known(sign, []).swallowed(columns, header):
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
