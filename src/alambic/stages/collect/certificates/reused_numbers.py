"""Numbers of certificates that are used again, in another year: rows that do not say the year cannot be told apart.

Rows that say their year are compared by it. Of the others, the rows of one certificate stand in one file of lines, one
of codes and one of persons, and its lines do not begin again behind those of another certificate.
"""

from dataclasses import dataclass, field

from alambic.stages.collect.certificates.rows import CertificateRow

LINES, CODES, PERSONS = "lines", "codes", "persons"


def kind_of(row: CertificateRow) -> str:
    """Tell what a row is of: a row with a text is of the lines, whatever else it has."""
    return LINES if "text" in row.cells else CODES if "line" in row.cells else PERSONS


@dataclass(slots=True)
class Seen:
    """Where rows of one certificate were read, of one kind: the first place, the file, and whether all say the year."""

    place: str
    file: str
    dated: bool


@dataclass
class ReusedNumbers:
    """Watches rows in the order of their files."""

    seen: dict[tuple[str, str], Seen] = field(default_factory=dict)  # by certificate and kind
    lines: dict[str, set[int]] = field(default_factory=dict)  # of certificates, in rows that do not say the year
    last: str = ""  # the certificate whose line was read last

    def earlier(self, row: CertificateRow, year: str) -> str:
        """Give the place of an earlier row with the number of this one, which seems to be of another certificate."""
        name, file = row.cells["certificate"], row.place.rpartition(":")[0]
        kind = kind_of(row)
        known = self.seen.setdefault((name, kind), Seen(row.place, file, bool(year)))
        apart = known.file != file
        if kind == LINES and not year:
            apart |= self._begins_again(name, int(row.cells["line"]))
        dated = known.dated and bool(year)
        known.dated = dated
        return known.place if apart and not dated else ""

    def _begins_again(self, name: str, line: int) -> bool:
        known = self.lines.setdefault(name, set())
        again = line in known and self.last != name
        known.add(line)
        self.last = name
        return again
