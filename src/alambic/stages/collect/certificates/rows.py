"""Rows of files whose texts may hold separators, quotation marks and line ends, in one encoding or two.

The texts of these files are not escaped. A row that has too many cells, or too few, has one reading at most in which
every column holds what it should: where there is exactly one, it is taken; where there are more, or none, the row is
rejected. Blank cells behind the last column belong to none, with or without a header that has them too. A line that
begins as a row does is never read as the end of the row before it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from alambic.data.rejected import Rejections
from alambic.stages.collect.certificates.columns import (
    FREE,
    MISSING,
    OF_PERSON,
    Header,
    impossible,
    read_header,
    unquoted,
    wrong_cell,
)
from alambic.stages.collect.certificates.decoding import TextLine, decoded_lines

MOST_LINES = 20  # over which a row may spread
MOST_EXCESS = 100  # separators within the texts of a row
LOOKED_AT = 100  # lines that show how the rows of a file end
SEPARATOR, LINE_END, OLD_ENCODING = "a separator within a text", "a line end within a text", "not UTF-8"
IMPOSSIBLE = "{} that cannot be, left out"  # of an age or a sex


@dataclass(frozen=True)
class CertificateRow:
    """A row: its place, its cells by what they hold, and what was repaired in it."""

    place: str
    cells: dict[str, str]
    repaired: tuple[str, ...] = ()
    all_cells: tuple[str, ...] = ()  # in the order of the columns, also of those that nobody knows


@dataclass(frozen=True)
class WrongRow:
    """A row that has no reading, and the certificate that it seems to be of."""

    place: str
    reason: str
    content: str
    lines: int
    certificate: str


def read_rows(path: Path, name: str, own: Mapping[str, str]) -> tuple[Header, Iterator[CertificateRow | WrongRow]]:
    """Read the header of a file, and give its rows."""
    lines = decoded_lines(path, name)
    first = next(lines, None)
    if first is None:
        return Header((), 0, ";"), iter(())
    header = read_header(first.text.removeprefix("\ufeff"), own)
    return header, _rows(lines, name, header)


def _rows(lines: Iterator[TextLine], name: str, header: Header) -> Iterator[CertificateRow | WrongRow]:
    begin = list(islice(lines, LOOKED_AT))
    header = replace(header, blanks=header.blanks + _usual_blanks(begin, header))
    waiting: list[TextLine] = []  # lines that begin a row
    for line in chain(begin, lines):
        alone = _reading(line.text, header)
        if waiting and (isinstance(alone, list) or _begins_row(line.text, header, waiting[0].text)):
            yield _wrong(waiting, name, header)
            waiting = []
        if isinstance(alone, list):
            yield _row([line], name, header, alone)
            continue
        waiting.append(line)
        joined = _reading(" ".join(each.text for each in waiting), header) if len(waiting) > 1 else alone
        if isinstance(joined, list):
            yield _row(waiting, name, header, joined)
            waiting = []
        elif joined is not None or len(waiting) == MOST_LINES:
            yield _wrong(waiting, name, header)
            waiting = []
    if waiting:
        yield _wrong(waiting, name, header)


def _usual_blanks(lines: Iterable[TextLine], header: Header) -> int:
    """Count the blank cells that most of these lines have behind those of the header."""
    counts = Counter(_surplus_blanks(line.text.split(header.separator), header) for line in lines)
    return max(0, counts.most_common(1)[0][0] - header.blanks) if counts else 0


def _surplus_blanks(cells: Sequence[str], header: Header) -> int:
    """Count the blank cells at the end of a row that has more cells than the header has columns."""
    last = next((place for place in range(len(cells), 0, -1) if cells[place - 1].strip()), 0)
    return max(0, len(cells) - max(last, len(header.columns)))


def _begins_row(text: str, header: Header, before: str) -> bool:
    """Tell whether a line has at its beginning what a row has: a certificate's number, and the cells before the text.

    A word may be such a number; where the row before has one with a digit, a word without one is a word.
    """
    cells = [unquoted(cell) for cell in text.split(header.separator)]
    leading = next((place for place, column in enumerate(header.columns) if column in FREE), len(header.columns))
    columns = header.columns[: min(leading, len(cells))]
    if len(cells) < 2 or "certificate" not in columns or wrong_cell(columns, cells[: len(columns)]):
        return False
    place = columns.index("certificate")
    number, other = cells[place], before.split(header.separator)[place : place + 1]
    return _has_digit(number) or not any(map(_has_digit, other))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _reading(text: str, header: Header) -> list[str] | str | None:
    """Read one row: its cells, or why it has no reading; None where cells are missing that may follow.

    As many blank cells are left out at the end as the rows of the file usually have there; where the row cannot be read
    so, more or fewer.
    """
    cells = text.split(header.separator)
    if len(cells) < len(header.columns):
        return None
    if len(cells) == len(header.columns):
        reading = [unquoted(cell) for cell in cells]
        return wrong_cell(header.columns, reading) or reading
    blanks = _surplus_blanks(cells, header)
    excess = len(cells) - blanks - len(header.columns)
    if excess > MOST_EXCESS:
        return f"{len(cells)} cells for {len(header.columns)} columns: more than {MOST_EXCESS} separators too many"
    usual = min(blanks, header.blanks)
    if header.blanks and isinstance(as_usual := _read_without(cells, [usual], header), list):
        return as_usual
    fewest = max(0, blanks - len(header.columns))  # of the others, each could only lengthen a text by separators
    return _read_without(cells, range(blanks, fewest - 1, -1), header)


def _read_without(cells: list[str], blanks: Iterable[int], header: Header) -> list[str] | str:
    """Read cells without some at their end, for each number of these; the reading where there is one alone."""
    complete: dict[tuple[str, ...], list[str]] = {}
    others, reason = [], ""
    for left_out in blanks:
        left = cells[: len(cells) - left_out]
        for candidate in _candidates(left, len(left) - len(header.columns), header):
            reading = [unquoted(cell) for cell in candidate]
            if wrong := wrong_cell(header.columns, reading):
                reason = reason or wrong
            elif _is_complete(header, reading):
                complete.setdefault(_without_separators(header, reading), reading)
            elif len(left) == len(header.columns):  # nothing is put together
                others.append(reading)
            else:
                reason = reason or "read so, a rank or a unit has nothing that belongs to it, or a code no rank"
    readings = list(complete.values()) or others
    if len(readings) == 1:
        return readings[0]
    count = f"{len(cells)} cells for {len(header.columns)} columns"
    if readings:
        return f"{count}: {len(readings)} ways to read them: put texts in quotation marks"
    return f"{count}: {reason or 'no text that could hold a separator'}"


def _without_separators(header: Header, reading: Sequence[str]) -> tuple[str, ...]:
    """Give cells without separators at the end of a text: "HTA" and "HTA;" are one reading."""
    cells = zip(header.columns, reading, strict=True)
    return tuple(cell.rstrip(f"{header.separator} ") if column in FREE else cell for column, cell in cells)


def _is_complete(header: Header, reading: Sequence[str]) -> bool:
    """Tell whether a code has its rank, no rank or text is without a code, and a duration has its unit.

    What lacks these is the less likely reading, and so is what has an age or a sex that cannot be behind a text, whose
    place depends on how the text is read.
    """
    cells = dict(zip(header.columns, reading, strict=True))
    given = {column: cell.lower() not in MISSING for column, cell in cells.items()}
    code = given.get("code", False)
    ranked = "code" not in given or (given.get("rank", code) == code and (code or not given.get("standard_text")))
    timed = given.get("interval", False) == given.get("interval_type", False)
    text = next((place for place, column in enumerate(header.columns) if column in FREE), len(reading))
    behind = zip(header.columns[text:], reading[text:], strict=True)
    return ranked and timed and not any(impossible(column, cell) for column, cell in behind)


def _candidates(cells: list[str], excess: int, header: Header) -> Iterator[list[str]]:
    """Give each way to put `excess` separators back into the texts."""
    free = [place for place, column in enumerate(header.columns) if column in FREE]
    if not excess or not free:
        yield from [] if excess else [cells]
        return
    for first in range(excess, -1, -1) if len(free) > 1 else (excess,):
        taken = dict(zip(free, (first, excess - first), strict=False))
        joined, place = [], 0
        for column in range(len(header.columns)):
            size = 1 + taken.get(column, 0)
            joined.append(header.separator.join(cells[place : place + size]))
            place += size
        yield joined


def _row(lines: list[TextLine], name: str, header: Header, cells: list[str]) -> CertificateRow:
    repaired = [LINE_END] if len(lines) > 1 else []
    repaired += [] if all(line.utf8 for line in lines) else [OLD_ENCODING]
    known = {column: cell for column, cell in zip(header.columns, cells, strict=True) if column}
    for column in OF_PERSON:
        if column in known and impossible(column, known[column]):
            known[column] = ""
            repaired.append(IMPOSSIBLE.format(column))
    return CertificateRow(_place(lines, name), known, tuple(repaired), tuple(cells))


def _wrong(lines: list[TextLine], name: str, header: Header) -> WrongRow:
    text = " ".join(line.text for line in lines)
    reading = _reading(text, header)
    cells = [unquoted(cell) for cell in text.split(header.separator)]
    reason = reading if isinstance(reading, str) else f"{len(cells)} cells, fewer than {len(header.columns)} columns"
    place = header.columns.index("certificate") if "certificate" in header.columns else len(cells)
    return WrongRow(_place(lines, name), reason, text, len(lines), cells[place] if place < len(cells) else "")


def _place(lines: list[TextLine], name: str) -> str:
    first, last = lines[0].number, lines[-1].number
    return f"{name}:{first}" + (f"-{last}" if last > first else "")


def note_repairs(row: CertificateRow, header: Header, rejections: Rejections) -> tuple[str, ...]:
    """Count what was repaired in a row, and name it: also a separator in a text, which reading puts back."""
    texts = (row.cells.get(column, "") for column in FREE)
    repaired = (*row.repaired, *([SEPARATOR] if any(header.separator in text for text in texts) else []))
    for repair in repaired:
        rejections.leave_out(f"(repaired, and kept) {repair}")
    return repaired
