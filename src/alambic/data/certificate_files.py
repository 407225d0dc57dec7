"""The files of death certificates that a campaign or a coding room exchanges, and how they are written.

`aligned` has a row for each code of a line, with its text; `raw` has the lines in one file (CausesBrutes), the codes in
another (CausesCalculees) and the persons in a third (Ident). `native` are the columns of CépiDc's own export of the raw
files. All are separated by semicolons, without quotation marks. The columns are those of CLEF eHealth 2016 to 2018
(Névéol et al. 2017, CEUR-WS 1866; Névéol et al. 2018, CEUR-WS 2125).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from alambic.errors import UserError
from alambic.runtime.whole_file import replaced

Layout = Literal["aligned", "raw", "native"]
SEPARATOR = ";"

# What a column holds, and how the files call it.
CLEF = {
    "certificate": "DocID",
    "year": "YearCoded",
    "sex": "Gender",
    "age": "Age",
    "place": "LocationOfDeath",
    "line": "LineID",
    "text": "RawText",
    "interval_type": "IntType",
    "interval": "IntValue",
    "rank": "CauseRank",
    "standard_text": "StandardText",
    "code": "ICD10",
}
NATIVE = {
    "certificate": "NumCertificat",
    "line": "LigneCause",
    "text": "TexteLigneCause",
    "interval_type": "TypeIntervalleLigneCause",
    "interval": "ValeurIntervalle",
    "rank": "RangLigneCause",
    "standard_text": "TexteCause",
    "code": "CodeCIM",
}
OF_LINE = ("certificate", "year", "sex", "age", "place", "line", "text", "interval_type", "interval")
OF_CODE = ("rank", "standard_text", "code")
COLUMNS: dict[Layout, tuple[str, ...]] = {
    "aligned": (*OF_LINE, *OF_CODE),
    "raw": ("certificate", "year", "line", *OF_CODE),
    "native": ("certificate", "line", *OF_CODE),
}
RANK = "Rank"  # how the raw files call it


@dataclass(frozen=True)
class CodedLine:
    """A line of a certificate, and its codes in the order of their rank; `line_facts` are other cells of the line."""

    certificate: str
    line: str
    text: str
    codes: tuple[str, ...]
    standard_texts: tuple[str, ...] = ()  # of each code, where they are known
    line_facts: dict[str, str] = field(default_factory=dict)  # year, sex, age, place, interval_type, interval

    def rows(self) -> Iterator[dict[str, str]]:
        """Give a row for each code; one without a code where there is none."""
        about = {**self.line_facts, "certificate": self.certificate, "line": self.line, "text": self.text}
        texts = [*self.standard_texts, *[""] * len(self.codes)]
        for number, code in enumerate(self.codes):
            yield {**about, "rank": f"1-{number + 1}", "standard_text": texts[number], "code": code}
        if not self.codes:
            yield about


def header(layout: Layout) -> str:
    """Give the first line of a file of codes."""
    names = NATIVE if layout == "native" else {**CLEF, "rank": RANK} if layout == "raw" else CLEF
    return SEPARATOR.join(names[column] for column in COLUMNS[layout])


def write_codes(lines: Iterable[CodedLine], file: Path, layout: Layout, *, encoding: str = "utf-8") -> int:
    """Write codes as a campaign takes them, whole or not at all; give how many rows there are.

    `aligned` has a row too for a line without a code, as the file that was given out has one. A separator or a line end
    within a text, which these files cannot hold, becomes a blank. UserError for a sign that `encoding` has not.
    """
    rows = 0
    with replaced(file) as stream:
        stream.write(f"{header(layout)}\n".encode(encoding))
        for line in lines:
            for row in line.rows():
                if "code" in row or layout == "aligned":
                    stream.write(_encoded(row, COLUMNS[layout], layout, encoding))
                    rows += 1
    return rows


def _encoded(row: dict[str, str], columns: Sequence[str], layout: Layout, encoding: str) -> bytes:
    cells = {**row, "rank": row.get("rank", "").removeprefix("" if layout == "aligned" else "1-")}
    text = SEPARATOR.join(_cell(cells.get(column, "")) for column in columns)
    try:
        return f"{text}\n".encode(encoding)
    except UnicodeEncodeError as error:
        raise UserError(
            f"certificate {row['certificate']}, line {row['line']}: {encoding} has no {text[error.start]!r}: "
            "write the file in utf-8"
        ) from error


def _cell(text: str) -> str:
    return " ".join(text.replace(SEPARATOR, " ").split()) if SEPARATOR in text or "\n" in text or "\r" in text else text
