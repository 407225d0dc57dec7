"""The files of the public database of medicines: their columns, and how to read them."""

import codecs
import csv
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ftfy.fixes import fix_c1_controls

from alambic.errors import UserError
from alambic.stages.collect.archive_members import open_members, readable

log = logging.getLogger("alambic.stages.collect")


@dataclass(frozen=True)
class Layout:
    """A table: where it is, its columns in order, and which of them is the text."""

    url: str
    columns: tuple[str, ...]
    text: str
    header: bool = False  # and cells in quotes, as CSV has them


SITE = "https://base-donnees-publique.medicaments.gouv.fr"
_FILES = f"{SITE}/download/file"
_RESOURCES = "https://www.data.gouv.fr/api/1/datasets/r"
_OPINION = ("cis", "file", "reason", "date", "value", "label")
_BOX = (
    "cis", "cip7", "label", "status", "declaration", "date", "cip13", "community", "rate", "price", "price_in_full",
    "fee", "indications",
)  # fmt: skip

# "Contenu et format des fichiers téléchargeables dans la BDM", a description that the site gives next to its files.
TABLES = {
    "specialities": Layout(
        f"{_FILES}/CIS_bdpm.txt",
        (
            "cis", "name", "form", "routes", "status", "procedure", "marketing", "date", "alert", "european", "holder",
            "monitored",
        ),
        "name",
    ),
    "presentations": Layout(f"{_FILES}/CIS_CIP_bdpm.txt", _BOX, "label"),
    "reimbursement": Layout(f"{_FILES}/CIS_CIP_bdpm.txt", _BOX, "indications"),
    "substances": Layout(
        f"{_FILES}/CIS_COMPO_bdpm.txt",
        ("cis", "element", "code", "substance", "dose", "dose_of", "nature", "link"),
        "substance",
    ),
    "generics": Layout(f"{_FILES}/CIS_GENER_bdpm.txt", ("group", "label", "cis", "type", "rank"), "label"),
    "prescription": Layout(f"{_FILES}/CIS_CPD_bdpm.txt", ("cis", "condition"), "condition"),
    "smr": Layout(f"{_FILES}/CIS_HAS_SMR_bdpm.txt", _OPINION, "label"),
    "asmr": Layout(f"{_FILES}/CIS_HAS_ASMR_bdpm.txt", _OPINION, "label"),
    "warnings": Layout("", ("cis", "date", "until", "link"), "link"),
    "rcp": Layout(f"{_RESOURCES}/bdbe2367-1898-4848-ac85-6fe58a1bdf68", ("cis", "html"), "html", header=True),
}  # fmt: skip
CODE = re.compile(r"\d+$")
ENOUGH = 1 << 20  # bytes read at once


def read(path: Path, layout: Layout) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (number of the row, cells by column) of a table, alone or in a zip; log and leave those without a code.

    UserError where a row has more cells than the table has columns.
    """
    encoding = _encoding(path)
    left: list[int] = []
    with _opened(path) as stream:
        lines = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="" if layout.header else "\n")
        for number, row in enumerate(_rows(lines, layout, path.name), 1):
            cells = [fix_c1_controls(cell).strip() for cell in row]
            while cells and not cells[-1] and len(cells) > len(layout.columns):
                cells.pop()  # rows end with a tab in some tables
            if len(cells) > len(layout.columns):
                raise UserError(f"{path}, row {number}: {len(cells)} cells, expected {', '.join(layout.columns)}")
            if cells and CODE.match(cells[0]):
                yield number, dict(zip(layout.columns, [*cells, *[""] * len(layout.columns)], strict=False))
            elif any(cells):
                left.append(number)
    if left:
        log.warning("%s: %d rows begin with no code and are left out, the first is row %d", path, len(left), left[0])


def iso(date: str) -> str:
    """Write a date as ISO 8601: 31/12/2024, 20241231 or 2024-12-31 -> 2024-12-31; anything else -> empty."""
    match = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", date)
    if match:
        return f"{match[3]}-{match[2]}-{match[1]}"
    match = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", date)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else ""


def _rows(lines: io.TextIOWrapper, layout: Layout, name: str) -> Iterator[list[str]]:
    if not layout.header:
        yield from (line.rstrip("\r\n").split("\t") for line in lines)
        return
    csv.field_size_limit(2**31 - 1)
    first = lines.readline()
    if "Code_CIS" not in first:
        raise UserError(f"{name} begins with '{first[:80].strip()}', expected the columns Code_CIS and RCP_html")
    delimiter = max("\t;,", key=first.count)
    try:
        yield from csv.reader(lines, delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise UserError(f"{name} is no CSV with cells in double quotes ({error})") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a table, or the one file in a zip that is called after one."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            yield stream
        return
    with readable(path):
        for _, member in open_members(path, "*CIS_*"):
            yield member
            return


def _encoding(path: Path) -> str:
    """Tell UTF-8 from Windows-1252, by the whole file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _opened(path) as stream:
        try:
            while chunk := stream.read(ENOUGH):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"
