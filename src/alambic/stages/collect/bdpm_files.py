"""The files of the public database of medicines: their columns, and how to read them."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ftfy.fixes import fix_c1_controls

from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.archive_members import open_members, readable
from alambic.stages.collect.lines import LONGEST, read_lines


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


def read(path: Path, layout: Layout, rejections: Rejections) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (number of the row, cells by column) of a table, alone or in a zip.

    Rejected are rows that begin with no code, have more cells than the table has columns or end before its text, and
    those with bytes that are of no encoding.
    """
    encoding = _encoding(path)
    with _opened(path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="" if layout.header else "\n")
        lines = (line.text for line in read_lines(text, path.name))
        for number, row in enumerate(_rows(lines, layout, path.name), 1):
            cells = [fix_c1_controls(cell).strip() for cell in row]
            while cells and not cells[-1] and len(cells) > len(layout.columns):
                cells.pop()  # rows end with a tab in some tables
            if not any(cells):
                continue
            if reason := _fault(cells, layout, encoding):
                rejections.add(f"{path.name}, row {number}", reason, "\t".join(row))
            else:
                yield number, dict(zip(layout.columns, [*cells, *[""] * len(layout.columns)], strict=False))


def _fault(cells: list[str], layout: Layout, encoding: str) -> str:
    """Say what is wrong with a row; empty where it is one of the table."""
    if len(cells) > len(layout.columns):
        return f"{len(cells)} cells, expected {', '.join(layout.columns)}"
    if not CODE.match(cells[0]):
        return "it begins with no code"
    if len(cells) <= layout.columns.index(layout.text):
        return f"{len(cells)} cells, the text is in column {layout.columns.index(layout.text) + 1}"
    if encoding == "cp1252" and any("\ufffd" in cell for cell in cells):
        return "bytes that are neither UTF-8 nor Windows-1252"
    return ""


def iso(date: str) -> str:
    """Write a date as ISO 8601: 31/12/2024, 20241231 or 2024-12-31 -> 2024-12-31; anything else -> empty."""
    match = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", date)
    if match:
        return f"{match[3]}-{match[2]}-{match[1]}"
    match = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", date)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else ""


def _rows(lines: Iterator[str], layout: Layout, name: str) -> Iterator[list[str]]:
    if not layout.header:
        yield from (line.rstrip("\r\n").split("\t") for line in lines)
        return
    csv.field_size_limit(LONGEST)
    first = next(lines, "")
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
