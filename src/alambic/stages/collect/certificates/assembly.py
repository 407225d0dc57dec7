"""Certificates put together from rows: lines, codes and persons, whichever files they stand in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from alambic.data.code_cells import read_code_cell
from alambic.data.rejected import Rejections
from alambic.stages.collect.certificates.columns import MISSING
from alambic.stages.collect.certificates.reused_numbers import CODES, LINES, ReusedNumbers, kind_of
from alambic.stages.collect.certificates.rows import CertificateRow

PERSON = ("year", "sex", "age", "place")
OF_LINE = ("interval_type", "interval")
EMPTY = "!"  # how the files mark a line without a text
LINES_LEFT_OUT = "lines without a text"
REPEATED = "rows that repeat another"
REMEDY = "make numbers unique, as 2016-1; if they are, put the rows of each together, in one file"
MARKED, SEVERAL = "(repaired, and kept) a mark after a code", "(repaired, and kept) several codes in a cell"


@dataclass(slots=True)
class Line:
    """A line as a file has it, and where."""

    text: str
    place: str
    cells: dict[str, str]
    repaired: tuple[str, ...]


@dataclass(slots=True)
class Codes:
    """The codes of a rank, mostly one, what they stand for in the words of the coder, and where they were read."""

    codes: tuple[str, ...]
    text: str
    place: str


@dataclass(slots=True)
class Certificate:
    """What is known of one certificate."""

    person: dict[str, str] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    codes: dict[int, dict[tuple[int, ...], Codes]] = field(default_factory=dict)  # by line, then rank
    incomplete: bool = False  # a row of it was rejected
    mixed_with: dict[str, str] = field(default_factory=dict)  # rows that seem to be of another one: place by kind


class Assembly:
    """Takes rows in any order; gives the certificates in the order in which they first occur.

    What contradicts a row that was read before is rejected, and so is a code without a line: their certificate is
    marked as incomplete, for it cannot be judged as a whole. Where a number is used again, all rows that have it are
    rejected: nobody can tell which codes belong to which lines.
    """

    def __init__(self, rejections: Rejections) -> None:
        self.rejections = rejections
        self.certificates: dict[str, Certificate] = {}
        self.numbers = ReusedNumbers()

    def add(self, row: CertificateRow, repaired: tuple[str, ...]) -> None:
        """Take one row."""
        cells = {name: "" if cell.lower() in MISSING else cell for name, cell in row.cells.items() if name != "text"}
        certificate = self.certificates.setdefault(cells["certificate"], Certificate())
        if earlier := self.numbers.earlier(row, cells.get("year", "")):
            certificate.mixed_with.setdefault(kind_of(row), row.place)
            reason = f"certificate {cells['certificate']} is in {earlier} too: the number may be used again; {REMEDY}"
            self._reject(row, certificate, reason)
            return
        for name in PERSON:
            value, known = cells.get(name, ""), certificate.person.get(name, "")
            if value and known and value != known:
                self._reject(row, certificate, f"{name} is '{value}' here, and '{known}' in another row")
                return
            if value:
                certificate.person[name] = value
        if "line" not in cells:
            return
        text, number = row.cells.get("text"), int(cells["line"])
        if text is not None and not self._add_line(row, certificate, number, text, repaired):
            return
        if cells.get("code"):
            self._add_codes(row, certificate, number, cells)
        elif "code" in cells and (alone := cells.get("rank") or cells.get("standard_text")):
            self._reject(row, certificate, f"line {number} has '{alone:.40}' of a code, and no code")

    def lose(self, certificate: str) -> None:
        """Mark a certificate of which a row could not be read."""
        if certificate:
            self.certificates.setdefault(certificate, Certificate()).incomplete = True

    def documents(self) -> Iterator[tuple[str, str, dict[str, str], str]]:
        """Give the id, the text, the metadata and the place of each line; codes without a line are rejected first."""
        for name, certificate in self.certificates.items():
            if certificate.mixed_with:
                self._reject_whole(name, certificate)
            for number in [number for number in certificate.codes if number not in certificate.lines]:
                for code in certificate.codes.pop(number).values():
                    certificate.incomplete = True
                    reason = f"a code of line {number}, which has no text"
                    self.rejections.add(code.place, reason, " ".join(code.codes))
        for name, certificate in self.certificates.items():
            for number, line in sorted(certificate.lines.items()):
                yield f"{name}/{number}", line.text, _metadata(name, number, certificate), line.place

    def _add_line(
        self, row: CertificateRow, certificate: Certificate, number: int, text: str, repaired: tuple[str, ...]
    ) -> bool:
        """Take the text of a line; tell whether the row may have a code besides."""
        if text.strip() in ("", EMPTY):
            if "code" not in row.cells or row.cells["code"].lower() in MISSING:
                self.rejections.leave_out(LINES_LEFT_OUT)
                return False
            return True  # a code without a text, which is rejected in the end
        known = certificate.lines.get(number)
        if known is None:
            cells = {name: row.cells[name] for name in OF_LINE if row.cells.get(name, "").lower() not in MISSING}
            certificate.lines[number] = Line(text, row.place, cells, repaired)
        elif known.text != text:
            self._reject(row, certificate, f"line {number} has another text in {known.place}")
            return False
        elif not row.cells.get("code"):
            self.rejections.leave_out(REPEATED)
        return True

    def _add_codes(self, row: CertificateRow, certificate: Certificate, number: int, cells: dict[str, str]) -> None:
        cell = read_code_cell(cells["code"])
        assert cell is not None, "rows were read by what their columns hold"
        codes = certificate.codes.setdefault(number, {})
        rank = tuple(map(int, cells["rank"].split("-"))) if cells.get("rank") else (len(codes) + 1,)
        known = codes.get(rank)
        if known is None:
            codes[rank] = Codes(cell.codes, cells.get("standard_text", ""), row.place)
            for repair, done in ((MARKED, cell.marked), (SEVERAL, len(cell.codes) > 1)):
                if done:
                    self.rejections.leave_out(repair)
        elif known.codes == cell.codes:
            self.rejections.leave_out(REPEATED)
        else:
            here, there = (" ".join(codes) for codes in (cell.codes, known.codes))
            where = f"line {number}, rank {cells['rank']}"
            self._reject(row, certificate, f"{where} has the code {here} here, and {there} in {known.place}")

    def _reject_whole(self, name: str, certificate: Certificate) -> None:
        lines = [(LINES, line.place, line.text) for line in certificate.lines.values()]
        codes = [
            (CODES, c.place, " ".join(c.codes)) for of_line in certificate.codes.values() for c in of_line.values()
        ]
        for kind, place, content in lines + codes:
            other = certificate.mixed_with.get(kind) or next(iter(certificate.mixed_with.values()))
            reason = f"certificate {name} is in {other} too: the number may be used again; {REMEDY}"
            self.rejections.add(place, reason, content)
        certificate.lines, certificate.codes = {}, {}

    def _reject(self, row: CertificateRow, certificate: Certificate, reason: str) -> None:
        certificate.incomplete = True
        self.rejections.add(row.place, reason, " ".join(f"{cell}" for cell in row.cells.values()))


def _metadata(name: str, number: int, certificate: Certificate) -> dict[str, str]:
    """Say what is known of a line; `codes` only where somebody coded the certificate."""
    line = certificate.lines[number]
    metadata: dict[str, Any] = {"certificate": name, "line": str(number), **certificate.person, **line.cells}
    if certificate.codes:
        ranked = sorted(certificate.codes.get(number, {}).items())
        every = [(code, entry.text) for _, entry in ranked for code in entry.codes]
        codes = dict(reversed(every))  # a code that stands twice keeps its first text
        order = dict.fromkeys(code for code, _ in every)
        metadata["codes"] = json.dumps([{"code": c, "text": codes[c]} for c in order], ensure_ascii=False)
    if certificate.incomplete:
        metadata["incomplete"] = "true"
    if line.repaired:
        metadata["repaired"] = ", ".join(line.repaired)
    return metadata
