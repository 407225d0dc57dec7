"""The seam to Iris, the software that selects underlying causes by the full rules: its input written, its output read.

Iris reads two tables, here as CSV: IDENT has a row for each certificate, MEDCOD one for each line. It fills in
`UCCode`, `SelectedCodes` and `MultipleCodes` of IDENT, which comes back as CSV. The names of IDENT's columns, the form
of dates (DD/MM/YYYY) and that of the codes (`Ia: I219/Ib: J690, K920/II: E149`) are those that public users of Iris 5.8
state; those of MEDCOD were not confirmed on a file: `medcod_columns` changes them. Iris itself runs by hand.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from alambic.data.code_cells import read_code_cell
from alambic.errors import UserError
from alambic.runtime.whole_file import replaced
from alambic.tasks.certificates.underlying_cause import PART_II

IDENT = ("CertificateKey", "DateBirth", "DateDeath", "Age", "Sex", "Comments")
MEDCOD = {
    "certificate": "CertificateKey",
    "line": "LineNb",
    "text": "TextLine",
    "interval": "IntervalLine",
    "codes": "CodeLine",
}
READ = ("CertificateKey", "UCCode")
READ_ALL = (*READ, "MultipleCodes", "Status")
PARTS = ("Ia", "Ib", "Ic", "Id")  # as Iris calls the lines of part I
# Units of CLEF's IntType and of CépiDc's TypeIntervalleLigneCause; how Iris writes them, as in `J690(2Hours)`.
UNITS = {"1": "Minutes", "2": "Hours", "3": "Days", "4": "Months", "5": "Years"}


@dataclass(frozen=True)
class IrisCertificate:
    """A certificate for Iris: the person, and by line the text, the interval and the codes."""

    certificate: str
    lines: Mapping[int, tuple[str, str, tuple[str, ...]]]
    sex: str = ""  # 1 male, 2 female, 9 unknown
    age: str = ""
    birth: str = ""  # DD/MM/YYYY
    death: str = ""


@dataclass(frozen=True)
class IrisResult:
    """What Iris gives back: the underlying cause (empty where it selected none), and all codes of the certificate."""

    certificate: str
    underlying: str
    codes: tuple[str, ...]
    status: str = ""


def line_name(number: int) -> str:
    """Name a line as Iris does: 1 -> "Ia", 5 and 6 -> "II"; UserError below 1."""
    if number < 1:
        raise UserError(
            f"line {number} of a certificate: lines are counted from 1, and those from {PART_II} are part II"
        )
    return "II" if number >= PART_II else PARTS[number - 1]


def interval_text(value: str, unit: str) -> str:
    """Write how long before death, for `IntervalLine`: ("3", "5") -> "3 Years"; empty where one of them is missing.

    UserError for another unit than the five of the files.
    """
    if not value or not unit:
        return ""
    if unit not in UNITS:
        known = ", ".join(f"{key} {name}" for key, name in UNITS.items())
        raise UserError(f"interval {value}: '{unit:.40}' is no unit: expected one of {known}")
    return f"{value} {UNITS[unit]}"


def write_iris(
    certificates: Iterable[IrisCertificate],
    ident: Path,
    medcod: Path,
    *,
    separator: str = ";",
    encoding: str = "utf-8",
    medcod_columns: Mapping[str, str] = MEDCOD,
) -> int:
    """Write both tables, each whole or not at all; give how many certificates there are.

    UserError for a certificate that comes twice, a sign that `encoding` has not, or one path for both tables.
    """
    if ident.resolve() == medcod.resolve():
        raise UserError(f"{ident} is to hold both tables: give IDENT and MEDCOD a file each")
    if wrong := [column for column in medcod_columns if column not in MEDCOD]:
        raise UserError(f"medcod_columns: '{wrong[0]}': expected of {', '.join(MEDCOD)}")
    written: set[str] = set()
    with replaced(ident) as identities, replaced(medcod) as causes:
        first, second = (io.TextIOWrapper(stream, encoding, newline="") for stream in (identities, causes))
        persons, lines = (csv.writer(stream, delimiter=separator, lineterminator="\r\n") for stream in (first, second))
        persons.writerow(IDENT)
        lines.writerow(list(medcod_columns.values()))
        for certificate in certificates:
            if certificate.certificate in written:
                raise UserError(f"certificate {certificate.certificate} comes twice: Iris takes a key once")
            written.add(certificate.certificate)
            try:
                persons.writerow(_identity(certificate))
                lines.writerows([cells[column] for column in medcod_columns] for cells in _lines_of(certificate))
            except UnicodeEncodeError as error:
                sign = error.object[error.start]
                raise UserError(
                    f"certificate {certificate.certificate}: {encoding} has no {sign!r}: write the tables in utf-8"
                ) from error
        for stream in (first, second):
            stream.flush()
            stream.detach()
    return len(written)


def _identity(certificate: IrisCertificate) -> list[str]:
    c = certificate
    return [c.certificate, c.birth, c.death, c.age, c.sex, ""]


def _lines_of(certificate: IrisCertificate) -> Iterator[dict[str, str]]:
    for number, (text, interval, codes) in sorted(certificate.lines.items()):
        yield {
            "certificate": certificate.certificate,
            "line": line_name(number),
            "text": text,
            "interval": interval,
            "codes": ", ".join(codes),
        }


def read_iris(ident: Path, *, separator: str = "", encoding: str = "utf-8-sig") -> Iterator[IrisResult]:
    """Read the IDENT table that Iris filled in.

    UserError without its columns or with one of them twice, for a key that comes twice, for what is no code, and for
    another encoding. Where no separator is given, it is the one that the header has most of.
    """
    seen: set[str] = set()
    try:
        for number, row in _rows(ident, separator, encoding):
            key, place = row["CertificateKey"], f"{ident}:{number}"
            if key in seen:
                raise UserError(f"{place}: certificate {key} comes twice: Iris has a row for each")
            seen.add(key)
            underlying = _codes(row["UCCode"], "UCCode", place)
            if len(underlying) > 1:
                raise UserError(f"{place}: UCCode '{row['UCCode']:.40}' holds several codes, expected one")
            codes = _codes(row.get("MultipleCodes", ""), "MultipleCodes", place)
            yield IrisResult(key, "".join(underlying), codes, row.get("Status", ""))
    except UnicodeDecodeError as error:
        raise UserError(
            f"{ident} is not in {encoding}: give its `encoding`, such as cp1252 of a French Windows, or "
            "export it in UTF-8"
        ) from error


def _rows(ident: Path, separator: str, encoding: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the number and the cells of each row."""
    with ident.open(encoding=encoding, newline="") as stream:
        header = stream.readline()
        sign = separator or max(";,\t", key=header.count)
        names = next(csv.reader([header], delimiter=sign), [])
        if missing := [name for name in READ if name not in names]:
            raise UserError(f"{ident}: no column {missing[0]}: expected the IDENT table of Iris with its results")
        if twice := [name for name in READ_ALL if names.count(name) > 1]:
            raise UserError(f"{ident}: {names.count(twice[0])} columns {twice[0]}: expected one")
        for number, cells in enumerate(csv.reader(stream, delimiter=sign), 2):
            if not cells:
                continue
            if len(cells) != len(names):
                raise UserError(f"{ident}:{number}: {len(cells)} cells for {len(names)} columns")
            yield number, dict(zip(names, cells, strict=True))


def _codes(cell: str, column: str, place: str) -> tuple[str, ...]:
    """Read the codes of a cell, without the durations in brackets; UserError where it holds anything else."""
    bare = re.sub(r"\(.*?\)", " ", cell).strip()
    read = read_code_cell(bare) if bare else None
    if bare and read is None:
        raise UserError(f"{place}: {column} '{cell:.40}' is no code of ICD-10, such as I219")
    return read.codes if read else ()


def selected_codes(cell: str) -> dict[str, list[str]]:
    """Read the codes by line of the column SelectedCodes: "Ia: I219/Ib: J690(2Hours), K920" -> {"Ia": ["I219"]...}.

    UserError for what is no line or no code.
    """
    lines: dict[str, list[str]] = {}
    for part in filter(None, map(str.strip, cell.split("/"))):
        name, colon, codes = part.partition(":")
        if not colon:
            raise UserError(f"SelectedCodes '{cell:.80}': '{part:.40}' names no line, such as Ia: I219")
        lines[name.strip()] = list(_codes(codes, "SelectedCodes", f"line {name.strip()}"))
    return lines
