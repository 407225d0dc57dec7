"""Rows of files whose texts may hold separators, quotation marks and line ends, in one encoding or two.

The texts of these files are not escaped. A row that has too many cells, or too few, has one reading at most in which
every column holds what it should: where there is exactly one, it is taken; where there are more, or none, the row is
rejected. Lines are UTF-8 where they can be, or else Windows-1252, or Latin-1 where that has no such sign.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.certificates.columns import FREE, MISSING, Header, read_header, unquoted, wrong_cell
from alambic.stages.collect.compressed import unpacked, whole
from alambic.stages.collect.lines import LONGEST

MOST_LINES = 20  # over which a row may spread
SEPARATOR, LINE_END, OLD_ENCODING = "a separator within a text", "a line end within a text", "not UTF-8"


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
    lines = _lines(path, name)
    first = next((line for line in lines if line[1].strip()), None)
    if first is None:
        return Header((), 0, ";"), iter(())
    header = read_header(first[1].removeprefix("\ufeff"), own)
    return header, _rows(lines, name, header)


def _lines(path: Path, name: str) -> Iterator[tuple[int, str, bool]]:
    """Give the number, the text and whether it is UTF-8 of each line."""
    with whole(name), unpacked(path, name) as stream:
        yield from _decoded(stream, name)


def _decoded(stream: IO[bytes], name: str) -> Iterator[tuple[int, str, bool]]:
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise UserError(f"{name}:{number}: a line of more than {LONGEST:,} bytes: is it a file of certificates?")
        for encoding in ("utf-8", "cp1252", "latin-1"):
            try:
                text = line.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        yield number, text.rstrip("\r\n"), encoding == "utf-8"


def _rows(lines: Iterator[tuple[int, str, bool]], name: str, header: Header) -> Iterator[CertificateRow | WrongRow]:
    waiting: list[tuple[int, str, bool]] = []  # lines that begin a row
    for line in lines:
        if not line[1].strip():
            continue
        alone = _reading(line[1], header)
        if isinstance(alone, list):
            if waiting:
                yield _wrong(waiting, name, header)
                waiting = []
            yield _row([line], name, header, alone)
            continue
        waiting.append(line)
        joined = _reading(" ".join(text for _, text, _ in waiting), header) if len(waiting) > 1 else alone
        if isinstance(joined, list):
            yield _row(waiting, name, header, joined)
            waiting = []
        elif joined is not None or len(waiting) == MOST_LINES:
            yield _wrong(waiting, name, header)
            waiting = []
    if waiting:
        yield _wrong(waiting, name, header)


def _reading(text: str, header: Header) -> list[str] | str | None:
    """Read one row: its cells, or why it has no reading; None where cells are missing that may follow."""
    cells = text.split(header.separator)
    stripped = 0
    while len(cells) > len(header.columns) and stripped < header.blanks and not cells[-1].strip():
        cells.pop()
        stripped += 1
    excess = len(cells) - len(header.columns)
    if excess < 0:
        return None
    readings, reason = [], ""
    for candidate in _candidates(cells, excess, header):
        whole_cells = [unquoted(cell) for cell in candidate]
        if wrong := wrong_cell(header.columns, whole_cells):
            reason = reason or wrong
        else:
            readings.append(whole_cells)
    readings = [reading for reading in readings if _is_complete(header, reading)] or readings
    if len(readings) == 1:
        return readings[0]
    if readings:
        return f"{len(cells)} cells, and {len(readings)} ways to read them: put texts in quotation marks"
    where = f"{len(cells)} cells for {len(header.columns)} columns: " if excess else ""
    return where + (reason or "no text that could hold a separator")


def _is_complete(header: Header, reading: list[str]) -> bool:
    """Tell whether a code has its rank, and a duration its unit: what leaves them out is the less likely reading."""
    given = {column: cell.lower() not in MISSING for column, cell in zip(header.columns, reading, strict=True)}
    ranked = given.get("rank", True) or not given.get("code", False)
    return ranked and given.get("interval", False) == given.get("interval_type", False)


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


def _row(lines: list[tuple[int, str, bool]], name: str, header: Header, cells: list[str]) -> CertificateRow:
    repaired = [LINE_END] if len(lines) > 1 else []
    repaired += [] if all(utf8 for _, _, utf8 in lines) else [OLD_ENCODING]
    known = {column: cell for column, cell in zip(header.columns, cells, strict=True) if column}
    return CertificateRow(_place(lines, name), known, tuple(repaired), tuple(cells))


def _wrong(lines: list[tuple[int, str, bool]], name: str, header: Header) -> WrongRow:
    text = " ".join(text for _, text, _ in lines)
    reading = _reading(text, header)
    cells = [unquoted(cell) for cell in text.split(header.separator)]
    reason = reading if isinstance(reading, str) else f"{len(cells)} cells, fewer than {len(header.columns)} columns"
    place = header.columns.index("certificate") if "certificate" in header.columns else len(cells)
    return WrongRow(_place(lines, name), reason, text, len(lines), cells[place] if place < len(cells) else "")


def _place(lines: list[tuple[int, str, bool]], name: str) -> str:
    first, last = lines[0][0], lines[-1][0]
    return f"{name}:{first}" + (f"-{last}" if last > first else "")


def note_repairs(row: CertificateRow, header: Header, rejections: Rejections) -> tuple[str, ...]:
    """Count what was repaired in a row, and name it: also a separator in a text, which reading puts back."""
    texts = (row.cells.get(column, "") for column in FREE)
    repaired = (*row.repaired, *([SEPARATOR] if any(header.separator in text for text in texts) else []))
    for repair in repaired:
        rejections.leave_out(f"(repaired, and kept) {repair}")
    return repaired
