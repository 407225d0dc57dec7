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

from alambic.data.icd10 import is_code, plain
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
PARTS = ("Ia", "Ib", "Ic", "Id")  # as Iris calls the lines of part I


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
    """Name a line as Iris does: 1 -> "Ia", 5 and 6 -> "II"."""
    return "II" if number >= PART_II else PARTS[number - 1]


def write_iris(
    certificates: Iterable[IrisCertificate],
    ident: Path,
    medcod: Path,
    *,
    separator: str = ";",
    encoding: str = "utf-8",
    medcod_columns: Mapping[str, str] = MEDCOD,
) -> int:
    """Write both tables, each whole or not at all; give how many certificates there are."""
    count = 0
    with replaced(ident) as identities, replaced(medcod) as causes:
        first, second = (io.TextIOWrapper(stream, encoding, newline="") for stream in (identities, causes))
        persons, lines = (csv.writer(stream, delimiter=separator, lineterminator="\r\n") for stream in (first, second))
        persons.writerow(IDENT)
        lines.writerow(list(medcod_columns.values()))
        for certificate in certificates:
            c = certificate
            persons.writerow([c.certificate, c.birth, c.death, c.age, c.sex, ""])
            for number, (text, interval, codes) in sorted(c.lines.items()):
                cells = {
                    "certificate": c.certificate,
                    "line": line_name(number),
                    "text": text,
                    "interval": interval,
                    "codes": ", ".join(codes),
                }
                lines.writerow([cells[column] for column in medcod_columns])
            count += 1
        for stream in (first, second):
            stream.flush()
            stream.detach()
    return count


def read_iris(ident: Path, *, separator: str = "", encoding: str = "utf-8-sig") -> Iterator[IrisResult]:
    """Read the IDENT table that Iris filled in; UserError without its columns, or for what is no code.

    Where no separator is given, it is the one that the header has most of.
    """
    with ident.open(encoding=encoding, newline="") as stream:
        header = stream.readline()
        sign = separator or max(";,\t", key=header.count)
        names = next(csv.reader([header], delimiter=sign), [])
        if missing := [name for name in READ if name not in names]:
            raise UserError(f"{ident}: no column {missing[0]}: expected the IDENT table of Iris with its results")
        for number, cells in enumerate(csv.reader(stream, delimiter=sign), 2):
            if not cells:
                continue
            if len(cells) != len(names):
                raise UserError(f"{ident}:{number}: {len(cells)} cells for {len(names)} columns")
            row = dict(zip(names, cells, strict=True))
            underlying = plain(row["UCCode"])
            if underlying and not is_code(underlying):
                raise UserError(f"{ident}:{number}: UCCode '{row['UCCode']:.40}' is no code of ICD-10, such as I219")
            codes = tuple(code for part in re.split(r"[\s,;/]+", row.get("MultipleCodes", "")) if (code := plain(part)))
            yield IrisResult(row["CertificateKey"], underlying, codes, row.get("Status", ""))


def selected_codes(cell: str) -> dict[str, list[str]]:
    """Read the codes by line of the column SelectedCodes: "Ia: I219/Ib: J690(2Hours), K920" -> {"Ia": ["I219"]...}."""
    lines: dict[str, list[str]] = {}
    for part in filter(None, cell.split("/")):
        name, _, codes = part.partition(":")
        lines[name.strip()] = [plain(re.sub(r"\(.*?\)", "", code)) for code in codes.split(",") if code.strip()]
    return lines
