"""What persons found among automated units: a CSV with a row per unit, in the order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from alambic.data.table_text import UTF_16, numbered_rows
from alambic.errors import UserError

RIGHT, BATCH, GROUP = "right", "batch", "group"
IDS = ("id", "DocID", "NumCertificat")  # columns that tell a unit from others, as `apply` writes them
SEPARATORS = ",;\t|"
TRUTH = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True)
class Feedback:
    """What a person found of one automated unit."""

    right: bool
    batch: str = ""
    group: str = ""
    line: int = 0


def read_feedback(path: Path, *, id_column: str = "", with_groups: bool = False) -> list[Feedback]:
    """Read the file; its separator is that of its header.

    UserError where it is not there or cannot be read, has no column `right` (or `group`, `with_groups`), or has it
    twice, where a row says neither 1 nor 0, where a unit comes twice, or where the rows of a batch are not together.
    """
    header, rows = _table(path)
    for name in (RIGHT, *([GROUP] if with_groups else []), *([id_column] if id_column else [])):
        if name not in header:
            why = ": `apply --guarantee group` writes it" if name == GROUP else ""
            raise UserError(f"monitor: {path}: no column `{name}`; its columns: {', '.join(header)}{why}")
    ids = [id_column] if id_column else [name for name in IDS if name in header][:1]
    twice = next((name for name in (RIGHT, BATCH, GROUP, *ids) if header.count(name) > 1), None)
    if twice:
        raise UserError(f"monitor: {path}: two columns `{twice}`: leave one")
    found: list[Feedback] = []
    lines: dict[str, int] = {}
    for line, cells in rows:
        of = dict(zip(header, cells, strict=False))
        value = of.get(RIGHT, "")
        if value.lower() not in TRUTH:
            raise UserError(f"monitor: {path}, line {line}: {RIGHT}: '{value:.40}': expected 1 or 0")
        if any(cells[len(header) :]):
            raise UserError(f"monitor: {path}, line {line}: {len(cells)} cells for {len(header)} columns")
        for name in ids:
            unit = of.get(name, "")
            if not unit:
                raise UserError(f"monitor: {path}, line {line}: no `{name}`: expected the unit that was checked")
            if unit in lines:
                raise UserError(
                    f"monitor: {path}, line {line}: '{unit:.40}' is in line {lines[unit]} too: a unit counts once; "
                    "a certificate has one row for all its lines"
                )
            lines[unit] = line
        found.append(Feedback(TRUTH[value.lower()], of.get(BATCH, ""), of.get(GROUP, ""), line))
    if not found:
        raise UserError(f"monitor: {path} has no row: expected one for each automated unit that a person checked")
    _check_order(path, found)
    return found


def _check_order(path: Path, rows: Sequence[Feedback]) -> None:
    """UserError where rows of a batch stand apart: they cannot be in the order of time."""
    ended: set[str] = set()
    for before, row in pairwise(rows):
        if row.batch != before.batch:
            ended.add(before.batch)
            if row.batch in ended:
                raise UserError(
                    f"monitor: {path}, line {row.line}: batch '{row.batch:.40}' began before '{before.batch:.40}': put "
                    "the rows in the order of time"
                )


def _table(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    if not path.is_file():
        raise UserError(f"monitor: {path} does not exist: expected a CSV with a column `{RIGHT}`")
    rows = ((line, [cell.strip() for cell in cells]) for line, cells in numbered_rows(_text(path), SEPARATORS))
    _, header = next(rows, (0, []))
    return header, ((line, cells) for line, cells in rows if cells)


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"monitor: {path}, line {line}: no UTF-8 ({error.reason}): save it as CSV in UTF-8") from error
