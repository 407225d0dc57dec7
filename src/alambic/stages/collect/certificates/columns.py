"""What the columns of death certificates hold, and what their cells look like."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from alambic.data.certificate_files import CLEF, NATIVE, RANK
from alambic.data.code_cells import read_code_cell
from alambic.errors import UserError, nearest

SEPARATORS = ";\t|,"
FREE = ("text", "standard_text")  # may hold anything, a separator too
MISSING = {"", "null", "na", "nan", "none"}
PATTERNS = {
    "certificate": re.compile(r"[\w./-]+"),
    "year": re.compile(r"(?:19|20)\d\d"),
    "line": re.compile(r"0?[1-9]|[1-9]\d"),
    "interval_type": re.compile(r"\w{1,2}"),
    "interval": re.compile(r"\d{1,6}(?:[.,]\d+)?"),
    "rank": re.compile(r"\d+(?:-\d+)?"),
}
# What a certificate does not depend on: a cell that cannot be is left out, and its row is read.
OF_PERSON = {
    "sex": re.compile(r"[0129]|[^\W\d_]{1,10}"),
    "age": re.compile(r"\d{1,3}(?:[.,]\d+)?"),
}
OLDEST = 125  # years
NEVER_EMPTY = ("certificate", "line")
# Of a column in an error: what a cell of it should be.
EXPECTED = {
    "certificate": "the number of a certificate",
    "year": "a year",
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
        return "persons" if known & {"year", "sex", "age", "place"} and not known & {"text", "code"} else ""

    @property
    def seems_meant(self) -> bool:
        """Tell whether a file without a kind has columns of certificates all the same."""
        return not self.kind and not {"certificate", "text"}.isdisjoint(self.columns)


class ColumnsAlike(UserError):
    """Two columns of a file hold the same; its header is read all the same."""

    def __init__(self, message: str, header: Header) -> None:
        super().__init__(message)
        self.header = header


def read_header(line: str, own: Mapping[str, str]) -> Header:
    """Read the first line of a file; `own` names the columns that bear other names than CLEF's and CépiDc's."""
    separator = max(SEPARATORS, key=line.count)
    names = [unquoted(cell) for cell in line.rstrip("\r\n").split(separator)]
    blanks = 0
    while names and not names[-1]:
        names.pop()
        blanks += 1
    named = {name.lower(): column for column, name in own.items()}
    given = {named.get(name.lower(), "") for name in names}
    usual = {name.lower(): column for names in (NATIVE, CLEF) for column, name in names.items()} | {
        RANK.lower(): "rank"
    }
    # A name of the user's own, where the file has it, takes the place of the usual one.
    known = {name: column for name, column in usual.items() if column not in given} | named
    columns = tuple(known.get(name.lower(), "") for name in names)
    twice = {column for column in columns if column and columns.count(column) > 1}
    if twice:
        column = min(twice)
        both = ", ".join(name for name, each in zip(names, columns, strict=True) if each == column)
        raise ColumnsAlike(
            f"two columns hold '{column}': {both}; say which one is meant: `columns: {{{column}: NAME}}` of the "
            f"source, `--column {column}=NAME` of a command; rename one where both have the same name",
            Header(columns, blanks, separator, tuple(names)),
        )
    return Header(columns, blanks, separator, tuple(names))


def check_own(own: Mapping[str, str]) -> None:
    """UserError where what a column is said to hold is nothing that certificates have."""
    for column, name in own.items():
        if column not in CLEF:
            raise UserError(f"death_certificates: columns: '{column}'; {nearest(column, list(CLEF))}")
        same = [each for each, other in own.items() if other.lower() == name.lower()]
        if len(same) > 1:
            raise UserError(f"death_certificates: columns: '{name}' is given for {' and '.join(same)}: it holds one")


def unquoted(cell: str) -> str:
    """Take the quotation marks off that enclose a whole cell; others are signs of the text.

    `"a ""b"" c"` -> `a "b" c`; `l'oeil "droit` stays.
    """
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        return cell[1:-1].replace('""', '"').strip()
    return cell


def wrong_cell(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Say which cell is not what its column holds; empty where all are. Age and sex are no part of it."""
    for column, cell in zip(columns, cells, strict=True):
        if column not in EXPECTED:
            continue
        if cell.lower() in MISSING:
            if column in NEVER_EMPTY:
                return f"{EXPECTED[column]} is missing"
        elif column == "code":
            if read_code_cell(cell) is None:
                return f"'{cell:.40}' is not {EXPECTED[column]}"
        elif not PATTERNS[column].fullmatch(cell):
            return f"'{cell:.40}' is not {EXPECTED[column]}"
        elif column == "year" and int(cell) > date.today().year:
            return f"'{cell}' is a year that is yet to come"
    return ""


def impossible(column: str, cell: str) -> bool:
    """Tell whether an age or a sex is none: "999", "-3" and "?" are none."""
    if column not in OF_PERSON or cell.lower() in MISSING:
        return False
    if not OF_PERSON[column].fullmatch(cell):
        return True
    return column == "age" and float(cell.replace(",", ".")) > OLDEST
