"""Tables of the page: what the HTML, the CSV and the LaTeX of a table are written from, so that they agree."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from urllib.parse import quote

from alambic.stages.report.number_format import plain_number, value
from alambic.stages.report.phrases import Phrase

LATEX_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "\u202f": r"\,", "\u2212": r"$-$", "←": r"$\leftarrow$", "▲": r"$\blacktriangle$", "▼": r"$\blacktriangledown$",
    "≈": r"$\approx$",
}  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; `mark` is a sign beside it, `tip` what it says when one points at it."""

    value: float | None
    low: float | None = None
    high: float | None = None
    best: bool = False
    mark: str = ""
    tip: str = ""
    note: Phrase | str = ""  # a line below it


@dataclass(frozen=True)
class Column:
    """A column: its name in files, its title on the page, how its numbers are written, and what filters it."""

    name: str
    title: Phrase | str
    format: Callable[[Any], Any] = value
    is_number: bool = True
    model: str = ""
    task: str = ""


@dataclass(frozen=True)
class Row:
    """A row, and what filters it. A cell is a text, a phrase, a number, an `Estimate` or None."""

    cells: Sequence[Any]
    model: str = ""
    task: str = ""


@dataclass(frozen=True)
class Table:
    """A table; its first column names the rows.

    Table("results", [Column("model", words.model, is_number=False), Column("f1", "F1")], [Row(["student", 0.5])])
    """

    name: str  # of the files that it is downloaded as
    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Phrase | str = ""
    models: bool = field(default=False)  # the first column has names of models

    @property
    def csv(self) -> str:
        """Write it as CSV; an estimate takes three columns."""
        stream = StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        wide = [any(isinstance(row.cells[n], Estimate) for row in self.rows) for n in range(len(self.columns))]
        header: list[str] = []
        for column, is_wide in zip(self.columns, wide, strict=True):
            header += [column.name, f"{column.name} low", f"{column.name} high"] if is_wide else [column.name]
        writer.writerow(header)
        for row in self.rows:
            cells: list[Any] = []
            for cell, is_wide in zip(row.cells, wide, strict=True):
                cells += _csv_cells(cell) if is_wide else _csv_cells(cell)[:1]
            writer.writerow(cells)
        return stream.getvalue()

    @property
    def latex(self) -> str:
        """Write it as a LaTeX tabular with booktabs rules."""
        kinds = "".join("r" if column.is_number else "l" for column in self.columns)
        lines = [rf"\begin{{tabular}}{{{kinds}}}", r"\toprule"]
        lines += [" & ".join(latex(_plain(column.title)) for column in self.columns) + r" \\", r"\midrule"]
        for row in self.rows:
            cells = (_latex_cell(cell, column) for cell, column in zip(row.cells, self.columns, strict=True))
            lines.append(" & ".join(cells) + r" \\")
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """Give the downloads: (what it is called, the file's name, its address, which holds the file itself)."""
        files = (("CSV", "csv", "text/csv", self.csv), ("LaTeX", "tex", "application/x-tex", self.latex))
        return [
            (kind, f"{self.name}.{ending}", f"data:{mime};charset=utf-8,{quote(content, safe='')}")
            for kind, ending, mime, content in files
        ]


def latex(text: str) -> str:
    """Write a text so that LaTeX shows it as it is."""
    return "".join(LATEX_SIGNS.get(sign, sign) for sign in text)


def _csv_cells(cell: Any) -> list[Any]:
    if isinstance(cell, Estimate):
        return [plain_number(cell.value), plain_number(cell.low), plain_number(cell.high)]
    return ["" if cell is None else plain_number(cell) if isinstance(cell, float) else _plain(cell), "", ""]


def _latex_cell(cell: Any, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Estimate):
        if cell.value is None:
            return latex(_plain(cell.note))
        text = _plain(column.format(cell.value))
        if cell.low is not None:
            text += f" [{_plain(column.format(cell.low))}, {_plain(column.format(cell.high))}]"
        text = latex(f"{cell.mark} {text}".strip())
        return rf"\textbf{{{text}}}" if cell.best else text
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return latex(_plain(column.format(cell) if is_number else cell))


def _plain(text: Any) -> str:
    return text.plain() if isinstance(text, Phrase) else str(text)
