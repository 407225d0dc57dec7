"""The main results as a small fixed-width table, for a terminal."""

from collections.abc import Sequence

from alambic.stages.report.models import Model
from alambic.stages.report.number_format import size
from alambic.stages.report.ranking import Ranking, order

Row = list[str]


def write_summary(
    title: str, models: dict[str, Model], rankings: list[Ranking], *, confidence: float, released: Sequence[str] = ()
) -> str:
    """Lay out size, speed and the scores of each model, best first; intervals in brackets; then what was `released`."""
    names = order(rankings)
    header = [["model", "size", "words/s", *(ranking.task for ranking in rankings)]]
    header.append(["", "", "", *(f"{ranking.dataset}, {ranking.metric}" for ranking in rankings)])
    rows = [_row(models[name], rankings) for name in names]
    silver = ["* silver: annotated by a program, not by people"] if any(ranking.silver for ranking in rankings) else []
    notes = [f"[{confidence:.0%} bootstrap interval over test examples and seeds]", *silver]
    if any(model.speed for model in models.values()):
        notes.append("words per second of processor time, on one thread; withheld where rounds disagree")
    more = ["", *released] if released else []
    return "\n".join([title, "", *_aligned(header, rows), "", *notes, *more]) + "\n"


def _row(model: Model, rankings: list[Ranking]) -> Row:
    speed = "" if model.speed is None else "withheld" if model.speed.withheld else _count(model.speed.median)
    cells = []
    for ranking in rankings:
        score = ranking.scores.get(model.name)
        mark = "*" if ranking.silver else ""
        cells.append(f"{score.value:.3f}{mark} [{score.low:.3f}, {score.high:.3f}]" if score else "")
    return [model.title, str(size(model.parameters)).replace("\u202f", " "), speed, *cells]


def _count(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def _aligned(header: list[Row], rows: list[Row]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*header, *rows, strict=True)]
    right = {1, 2}

    def line(row: Row) -> str:
        cells = [
            cell.rjust(w) if n in right else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return [*map(line, header), "  ".join("-" * width for width in widths), *map(line, rows)]
