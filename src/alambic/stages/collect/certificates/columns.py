"""What the columns of death certificates hold, and what their cells look like."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alambic.data.certificate_files import CLEF, NATIVE, RANK
from alambic.errors import UserError, nearest

SEPARATORS = ";\t|,"
FREE = ("text", "standard_text")  # may hold anything, a separator too
MISSING = {"", "null", "na", "nan", "none"}
PATTERNS = {
    "certificate": re.compile(r"[\w./-]+"),
    "year": re.compile(r"(?:19|20)\d\d"),
    "sex": re.compile(r"\w{1,10}"),
    "age": re.compile(r"\d{1,3}(?:[.,]\d+)?"),
    "line": re.compile(r"\d{1,2}"),
    "interval_type": re.compile(r"\w{1,2}"),
    "interval": re.compile(r"\d{1,6}(?:[.,]\d+)?"),
    "rank": re.compile(r"\d+(?:-\d+)?"),
    "code": re.compile(r"[A-Za-z]\d\d\.?[0-9A-Za-z]{0,4}[+*-]?"),
}
NEVER_EMPTY = ("certificate", "line")
# Of a column in an error: what a cell of it should be.
EXPECTED = {
    "certificate": "the number of a certificate",
    "year": "a year",
    "sex": "a code",
    "age": "years",
    "line": "the number of a line",
    "interval_type": "a unit",
    "interval": "a number",
    "rank": "a rank such as 1-2",
    "code": "a code of ICD-10 such as I219",
}


@dataclass(frozen=True)
class Header:
    """The columns of a file in their order, by what they hold; empty where nobody knows. `blanks` follow them."""

    columns: tuple[str, ...]
    blanks: int
    separator: str
    names: tuple[str, ...] = ()  # of the columns, as the file has them

    @property
    def kind(self) -> str:
        """Say what a file holds: `lines`, `codes`, `aligned` (both), `persons`; empty for none of these."""
        known = set(self.columns)
        if "certificate" not in known:
            return ""
        if {"line", "text"} <= known:
            return "aligned" if "code" in known else "lines"
        if {"line", "code"} <= known:
            return "codes"
        return "persons" if known & {"sex", "age", "place"} else ""


def read_header(line: str, own: Mapping[str, str]) -> Header:
    """Read the first line of a file; `own` names the columns that bear other names than CLEF's and CépiDc's."""
    separator = max(SEPARATORS, key=line.count)
    names = [unquoted(cell) for cell in line.rstrip("\r\n").split(separator)]
    blanks = 0
    while names and not names[-1]:
        names.pop()
        blanks += 1
    known = {name.lower(): column for names in (NATIVE, CLEF) for column, name in names.items()}
    known |= {RANK.lower(): "rank"} | {name.lower(): column for column, name in own.items()}
    columns = tuple(known.get(name.lower(), "") for name in names)
    twice = {column for column in columns if column and columns.count(column) > 1}
    if twice:
        raise UserError(f"two columns hold '{twice.pop()}': {', '.join(names)}; name the right one by `columns`")
    return Header(columns, blanks, separator, tuple(names))


def check_own(own: Mapping[str, str]) -> None:
    """UserError where what a column is said to hold is nothing that certificates have."""
    for column in own:
        if column not in CLEF:
            raise UserError(f"death_certificates: columns: '{column}'; {nearest(column, list(CLEF))}")


def unquoted(cell: str) -> str:
    """Take the quotation marks off that enclose a whole cell; others are signs of the text.

    `"a ""b"" c"` -> `a "b" c`; `l'oeil "droit` stays.
    """
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        return cell[1:-1].replace('""', '"').strip()
    return cell


def wrong_cell(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Say which cell is not what its column holds; empty where all are."""
    for column, cell in zip(columns, cells, strict=True):
        pattern = PATTERNS.get(column)
        if pattern is None:
            continue
        if cell.lower() in MISSING:
            if column in NEVER_EMPTY:
                return f"no {EXPECTED[column]}"
        elif not pattern.fullmatch(cell):
            return f"'{cell:.40}' is not {EXPECTED[column]}"
    return ""
