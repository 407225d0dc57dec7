"""Certificates as a stream: consecutive rows of a file together, and what is wrong with any of them.

The file is read twice. The first time finds what must be known of a certificate before it is decided: rows of it that
cannot be read, and rows that stand apart from the others. Its memory holds eight bytes of each certificate's name, and
the names of those with a problem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from alambic.commands.apply.files import Changed
from alambic.data.rejected import Rejections
from alambic.errors import UserError, nearest
from alambic.stages.collect.certificates.assembly import EMPTY, LINES_LEFT_OUT, PERSON, REPEATED
from alambic.stages.collect.certificates.columns import MISSING, ColumnsAlike, Header, check_own
from alambic.stages.collect.certificates.rows import CertificateRow, WrongRow, note_repairs, read_rows
from alambic.stages.collect.compressed import unpacked_name
from alambic.stages.collect.sources.death_certificates import SUFFIXES

SCATTERED = "its rows do not follow one another in the file"
OF_CODES = ("rank", "standard_text", "code")  # columns of what people coded: they are left out of the output
KINDS = ("lines", "aligned")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a certificate: its text, empty where it has none, and its cells in the order of the header."""

    text: str
    cells: Mapping[str, str]
    all_cells: tuple[str, ...]
    problem: str = ""  # why the row could not be read


@dataclass(slots=True)
class Certificate:
    """The lines of one certificate in the order of the file, and why a person has to code it whatever is answered."""

    name: str
    lines: list[Line] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Survey:
    """What the first reading found: how many rows there are, and the certificates with a problem by their names."""

    rows: int
    problems: Mapping[str, str]


def is_certificates(path: Path) -> bool:
    """Tell whether a file is a table with the columns of certificates; no where it is something else, or not there.

    UserError where it is one, and two of its columns hold the same.
    """
    if not path.is_file() or not unpacked_name(path.name).endswith(SUFFIXES):
        return False
    try:
        header, _ = read_rows(path, str(path), {})
    except ColumnsAlike as error:
        if error.header.kind in KINDS:
            raise
        return False
    except UserError:
        return False
    return header.kind in KINDS


def header_of(path: Path, own: Mapping[str, str]) -> Header:
    """Read the header; UserError where the file has no lines of certificates by its columns."""
    check_own(own)
    if not path.is_file():
        raise UserError(f"{path} is no file: certificates are coded from one file with their lines")
    header, _ = read_rows(path, str(path), own)
    if header.kind not in KINDS:
        named = ", ".join(header.names[:12]) or "none"
        raise UserError(
            f"{path} has no lines of certificates: expected columns such as DocID, LineID and RawText, or "
            f"NumCertificat, LigneCause and TexteLigneCause; it has: {named}; name others as `--column text=NAME`. "
            "(--calibration, --risk, --guarantee, --explain, --column and --processes are for such files alone)"
        )
    present = [name.lower() for name in header.names]
    for column, name in own.items():
        if name.lower() not in present:
            raise UserError(f"--column {column}={name}: {path} has no such column; {nearest(name, header.names)}")
    return header


def survey(path: Path, own: Mapping[str, str]) -> Survey:
    """Read the whole file once; UserError where no row of it can be read."""
    _, rows = read_rows(path, str(path), own)
    seen: set[int] = set()
    problems: dict[str, str] = {}
    current, count, readable = None, 0, 0
    for row in rows:
        count += 1
        if isinstance(row, WrongRow):
            problems.setdefault(row.certificate, f"a row of it could not be read ({row.place})")
            continue
        readable += 1
        name = row.cells["certificate"]
        if name != current:
            key = _key(name)
            if key in seen:
                problems[name] = f"{SCATTERED}: see {row.place}"
            seen.add(key)
            current = name
    if not readable:
        raise UserError(f"{path}: none of its {count} rows could be read as a line of a certificate")
    return Survey(count, problems)


def read_certificates(
    path: Path, own: Mapping[str, str], known: Survey, rejections: Rejections
) -> Iterator[Certificate]:
    """Yield the certificates; what is `known` of them is from the survey, and Changed is raised where it is of others.

    Rows that cannot be read are lines with a problem. Where such a row names none of the certificates around it, nor
    one whose name looks like theirs, it may be of the one before it or of the one after it: both go to a person.
    """
    header, rows = read_rows(path, str(path), own)
    gathering = _Gathering(header, known.problems, rejections)
    count = 0
    for row in rows:
        count += 1
        if isinstance(row, WrongRow):
            rejections.add(row.place, row.reason, row.content, rows=row.lines)
            gathering.lose(row)
        else:
            yield from gathering.take(row)
    if count != known.rows:
        raise Changed(path)
    yield from gathering.end()


class _Gathering:
    """Puts rows together; gives a certificate when the next one begins."""

    def __init__(self, header: Header, problems: Mapping[str, str], rejections: Rejections) -> None:
        self.header, self.problems, self.rejections = header, problems, rejections
        self.current: Certificate | None = None
        self.texts: dict[int, tuple[str, str]] = {}  # of the lines of the current one: text and place
        self.person: dict[str, str] = {}
        self.lost: list[WrongRow] = []  # since its last row

    def lose(self, row: WrongRow) -> None:
        """Hold back a row without a reading, until it shows where it belongs."""
        if self.current is not None and row.certificate == self.current.name:
            self._add_lost(self.current, [row])
        else:
            self.lost.append(row)

    def take(self, row: CertificateRow) -> Iterator[Certificate]:
        """Take a row; give the certificate that it ends, and those of rows between them that could not be read."""
        name = row.cells["certificate"]
        if self.current is not None and self.current.name == name:
            self._add_lost(self.current, self.lost)
            self.lost = []
        else:
            lost, self.lost = self.lost, []
            own = [each for each in lost if each.certificate == name]
            apart = [each for each in lost if each.certificate != name]
            following = self._new(name)
            self._note_beside(apart, following)
            if self.current is not None:
                yield self.current
            yield from self._of_lost(apart)
            self.current, self.texts, self.person = following, {}, {}
            self._add_lost(following, own)
        self._add(row)

    def end(self) -> Iterator[Certificate]:
        """Give the last one."""
        self._note_beside(self.lost, None)
        if self.current is not None:
            yield self.current
        yield from self._of_lost(self.lost)

    def _new(self, name: str) -> Certificate:
        problem = self.problems.get(name)
        return Certificate(name, [], [problem] if problem else [])

    def _of_lost(self, rows: list[WrongRow]) -> Iterator[Certificate]:
        """Give rows of certificates of which no other row stands here, each by itself."""
        for row in rows:
            certificate = Certificate(row.certificate)
            self._add_lost(certificate, [row])
            yield certificate

    def _note_beside(self, lost: list[WrongRow], following: Certificate | None) -> None:
        """Note rows that seem to be of none of the certificates around them, unless their name looks like these."""
        around = [each for each in (self.current, following) if each is not None]
        shapes = {_shape(each.name) for each in around}
        for row in lost:
            for each in around if _shape(row.certificate) not in shapes else ():
                _note(each, f"a row beside it could not be read, and may be of it ({row.place})")

    def _add_lost(self, certificate: Certificate, rows: list[WrongRow]) -> None:
        for row in rows:
            place = row.place.rpartition(":")[2]
            self._add_problem(certificate, {"text": row.content, "certificate": certificate.name}, place, row.reason)

    def _add_problem(self, certificate: Certificate, known: Mapping[str, str], place: str, reason: str) -> None:
        """Add what stands in a row that counts for nothing, so that it is seen in the output."""
        cells = tuple(known.get(column, "") if column else "" for column in self.header.columns)
        problem = f"row {place} could not be read: {reason}"
        certificate.lines.append(Line("", {}, cells, problem))
        _note(certificate, problem)

    def _add(self, row: CertificateRow) -> None:
        """Add a row as a line, once where it comes again; what contradicts an earlier row is a problem."""
        assert self.current is not None
        number, text = int(row.cells["line"]), row.cells["text"]
        reason = self._contradiction(row, number, text)
        if reason:
            self.rejections.add(row.place, reason, " ".join(row.all_cells))
            self._add_problem(self.current, row.cells, row.place.rpartition(":")[2], reason)
            return
        for name in PERSON:
            if _known(row.cells.get(name, "")):
                self.person[name] = row.cells[name]
        if number in self.texts:
            if not _known(row.cells.get("code", "")):
                self.rejections.leave_out(REPEATED)
            return
        self.texts[number] = text, row.place
        self.rejections.accept()
        note_repairs(row, self.header, self.rejections)
        if text.strip() in ("", EMPTY):
            self.rejections.leave_out(LINES_LEFT_OUT)
            text = ""
        self.current.lines.append(Line(text.strip(), row.cells, row.all_cells))

    def _contradiction(self, row: CertificateRow, number: int, text: str) -> str:
        for name in PERSON:
            value, known = row.cells.get(name, ""), self.person.get(name, "")
            if _known(value) and known and value != known:
                return f"{name} is '{value}' here, and '{known}' in another row"
        if number in self.texts and self.texts[number][0] != text:
            return f"line {number} has another text in {self.texts[number][1]}"
        return ""


def _note(certificate: Certificate | None, problem: str) -> None:
    if certificate is not None and problem not in certificate.problems:
        certificate.problems.append(problem)


def _known(cell: str) -> bool:
    return cell.lower() not in MISSING


def _shape(name: str) -> str:
    """Tell what names look like: "2014-37b" -> "0000-00a"."""
    return "".join("0" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in name)


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
