"""The files of the public database of medicines: their columns, and how to read them."""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from ftfy.fixes import fix_c1_controls

from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect import delimited
from alambic.stages.collect.archive_members import is_zip, open_members, readable
from alambic.stages.collect.lines import read_lines


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
        for number, place, row in _rows(text, layout, path.name, rejections):
            cells = [fix_c1_controls(cell).strip() for cell in row]
            while cells and not cells[-1] and len(cells) > len(layout.columns):
                cells.pop()  # rows end with a tab in some tables
            if not any(cells):
                continue
            if reason := _fault(cells, layout, encoding):
                rejections.add(place, reason, "\t".join(row))
            else:
                rejections.at(place)
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


def _rows(
    text: io.TextIOWrapper, layout: Layout, name: str, rejections: Rejections
) -> Iterator[tuple[int, str, list[str]]]:
    """Give the number, the place and the cells of each row."""
    lines = read_lines(text, name)
    if not layout.header:
        yield from ((line.number, line.place, line.text.rstrip("\r\n").split("\t")) for line in lines)
        return
    first = next(lines, None)
    if first is None or "Code_CIS" not in first.text:
        shown = first.text[:80].strip() if first else ""
        raise UserError(f"{name} begins with '{shown}', expected the columns Code_CIS and RCP_html")
    how = {"encoding": "utf-8", "delimiter": "auto", "quotes": "double"}
    for row in delimited.read(chain([first], lines), name, **how, rejections=rejections):
        yield row.number + 1, row.place, [str(cell) for cell in row.cells.values()]


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a table, or the one file in a zip that is called after one."""
    if not is_zip(path):
        with path.open("rb") as stream:
            yield stream
        return
    with readable(path):
        members = open_members(path, "*CIS_*")
        yield next(members)[1]
        if (other := next(members, None)) is not None:
            raise UserError(
                f"{path} holds a second table, '{other[0]}', expected one: pack the one that is meant alone"
            )


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
