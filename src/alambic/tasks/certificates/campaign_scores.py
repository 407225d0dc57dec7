"""The scores of CLEF eHealth's coding of death certificates, 2016 to 2018, from files in the campaign's formats.

By the campaign's definition (Névéol et al. 2017, CEUR-WS 1866, section on evaluation): precision, recall and F1, micro
averaged over the corpus. Of aligned files a match is a full code given for a line of a document that has it, of raw
files one given for a document that has it. A code counts once for a line, or a document. The secondary score counts the
codes of external causes alone, V01 to Y98. Marks after a code are read away, and a cell may hold several codes, as in
the reader of certificates. `python -m alambic.tasks.certificates.campaign_scores GOLD PREDICTED [--raw] [--external]`
prints them.
"""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alambic.data.certificate_files import CLEF, NATIVE, RANK, SEPARATOR, CodedLine
from alambic.data.code_cells import read_code_cell
from alambic.data.table_text import UTF_16
from alambic.errors import UserError

EXTERNAL = "VWXY"  # the letters of external causes
MISSING = {"", "NULL", "NA", "NAN", "NONE"}
NAMES = {
    column: {CLEF[column], NATIVE[column]}
    for column in ("certificate", "line", "code", "rank", "text", "standard_text")
}
NAMES["rank"].add(RANK)
Key = tuple[str, ...]  # (certificate, line, code) of aligned files, (certificate, code) of raw ones


@dataclass(frozen=True)
class CampaignScores:
    """How many codes are right, expected and given, and what follows from that; 0 for 0 / 0."""

    right: int
    expected: int
    given: int

    @property
    def precision(self) -> float:
        """The share of the codes given that is right."""
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        """The share of the codes expected that is given."""
        return self.right / self.expected if self.expected else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / (self.expected + self.given) if self.expected + self.given else 0.0


def score_keys(gold: set[Key], predicted: set[Key], *, external: bool = False) -> CampaignScores:
    """Compare keys, whose last part is the code; of external causes alone where that is asked for."""
    if external:
        gold, predicted = ({key for key in keys if key[-1][:1] in EXTERNAL} for keys in (gold, predicted))
    return CampaignScores(len(gold & predicted), len(gold), len(predicted))


def keys_of(lines: Iterable[CodedLine], *, by_line: bool) -> set[Key]:
    """Give the keys of coded lines: with the line, as aligned files are scored, or without it, as raw ones."""
    return {
        (line.certificate, line.line, code) if by_line else (line.certificate, code)
        for line in lines
        for cell in line.codes
        for code in _codes(cell, f"certificate {line.certificate}, line {line.line}")
    }


def read_keys(file: Path, *, by_line: bool) -> set[Key]:
    """Read the keys of a file of codes; UserError where it is none.

    The code has texts before it or behind it, not both, so that separators within them do no harm. Blank cells behind
    the last column belong to none.
    """
    keys: set[Key] = set()
    with file.open(encoding=_encoding(file), errors="surrogateescape") as stream:
        names = _cells(stream.readline(), 0)
        places = {column: _place(names, column, file) for column in ("certificate", "line", "code")}
        texts = [place for place, name in enumerate(names) if name in NAMES["text"] | NAMES["standard_text"]]
        if any(place < places["code"] for place in texts):
            places["code"] -= len(names)  # from the end
        for number, row in enumerate(stream, 2):
            if not row.strip():
                continue
            cells, place = _cells(row, len(names)), f"{file}:{number}"
            if len(cells) < len(names):
                raise UserError(f"{place}: {len(cells)} cells, fewer than {len(names)} columns")
            code = cells[places["code"]]
            if code.upper() in MISSING:
                _check_not_coded(names, cells, place)
                continue
            certificate, line = cells[places["certificate"]], cells[places["line"]].lstrip("0")
            for each in _codes(code, place):
                keys.add((certificate, line, each) if by_line else (certificate, each))
    return keys


def _check_not_coded(names: list[str], cells: list[str], place: str) -> None:
    """UserError where a row without a code has the rank of one; of a row with a separator in its text this is open."""
    rank = next((cell for name, cell in zip(names, cells, strict=False) if name in NAMES["rank"]), "")
    if len(cells) == len(names) and rank.upper() not in MISSING:
        raise UserError(f"{place}: the rank '{rank:.40}' of a code, and no code")


def _encoding(file: Path) -> str:
    with file.open("rb") as stream:
        return "utf-16" if stream.read(2) in UTF_16 else "utf-8-sig"


def _cells(row: str, columns: int) -> list[str]:
    """Split a row, without blank cells behind the last column."""
    cells = [cell.strip().strip('"') for cell in row.rstrip("\r\n").split(SEPARATOR)]
    while len(cells) > columns and not cells[-1]:
        cells.pop()
    return cells


def _place(names: list[str], column: str, file: Path) -> int:
    places = [place for place, name in enumerate(names) if name in NAMES[column]]
    if not places:
        shown = ", ".join(names)
        raise UserError(f"{file}: no column {CLEF[column]} or {NATIVE[column]}: its columns: {shown}")
    if len(places) > 1:
        shown = ", ".join(names[place] for place in places)
        raise UserError(f"{file}: {len(places)} columns {shown}: rename those that are not meant")
    return places[0]


def _codes(cell: str, place: str) -> tuple[str, ...]:
    read = read_code_cell(cell)
    if read is None:
        raise UserError(f"{place}: '{cell:.40}' is no code of ICD-10, such as I219")
    return read.codes


def main(arguments: list[str] | None = None) -> None:
    """Print the scores of a file of predictions."""
    parser = argparse.ArgumentParser(prog="campaign_scores", description="CLEF eHealth's scores of coded certificates")
    parser.add_argument("gold", type=Path)
    parser.add_argument("predicted", type=Path)
    parser.add_argument("--raw", action="store_true", help="by certificate; without it by line, as aligned files are")
    parser.add_argument("--external", action="store_true", help="codes of external causes alone, V01 to Y98")
    given = parser.parse_args(arguments)
    gold, predicted = (read_keys(file, by_line=not given.raw) for file in (given.gold, given.predicted))
    scores = score_keys(gold, predicted, external=given.external)
    sys.stdout.write(
        f"precision {scores.precision:.4f}  recall {scores.recall:.4f}  F1 {scores.f1:.4f}  "
        f"({scores.right} right, {scores.expected} expected, {scores.given} given)\n"
    )


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(str(error))
