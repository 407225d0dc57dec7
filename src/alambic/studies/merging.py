"""The files of participants, merged into three tables; what does not fit is set aside with its place and the reason."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from alambic.data.table_text import UTF_16
from alambic.errors import UserError
from alambic.forms.answers import table_of
from alambic.runtime.whole_file import write_atomically
from alambic.studies.answers import ABOUT, ANSWERS, QUESTIONNAIRE, About, Answer, Reply, Tables
from alambic.studies.protocol import Protocol
from alambic.studies.records import COLUMNS, Record, Refused, read_record

REJECTED = "rejected.csv"


@dataclass(frozen=True)
class Rejected:
    """A row, or a whole file, that is in no table."""

    file: str
    row: int  # as a spreadsheet counts; 0: the file
    participant: str
    reason: str


@dataclass(frozen=True)
class Merged:
    """Three tables, and all that is in none of them or was expected."""

    tables: Tables
    rejected: Sequence[Rejected]
    repeated: int  # rows that a file has once more, all the same
    missing: Mapping[str, int]  # items without an answer, of participants with some
    absent: Sequence[str] = field(default_factory=list)  # participants of whom nothing came


@dataclass(frozen=True)
class _Row:
    file: str
    number: int
    record: Record

    def rejected(self, reason: str) -> Rejected:
        return Rejected(self.file, self.number, self.record.participant, reason)


def merge(files: Iterable[Path], protocol: Protocol) -> Merged:
    """Read the files that pages exported, in any order.

    A spreadsheet may have saved them again: with semicolons or tabs, a byte order mark, in UTF-16 or Windows-1252, with
    decimal commas. Of two different answers to the same question the one that was finished first stands. A participant
    without consent has no row in any table but `about`.
    """
    rows: list[_Row] = []
    rejected: list[Rejected] = []
    for path in files:
        _read(path, protocol, rows, rejected)
    kept, repeated = _without_repeats(rows, rejected)
    consented = {row.record.participant for row in kept if isinstance(row.record, About) and row.record.consented}
    for row in kept:
        if not isinstance(row.record, About) and row.record.participant not in consented:
            rejected.append(row.rejected("no row says that this person consented"))
    records = [row.record for row in kept if isinstance(row.record, About) or row.record.participant in consented]
    tables = _tables(records)
    answered = Counter(answer.participant for answer in tables.answers)
    asked = Counter(shown.participant for shown in protocol.plan)
    missing = {name: asked[name] - answered[name] for name in protocol.participants if name in answered}
    return Merged(
        tables=tables,
        rejected=rejected,
        repeated=repeated,
        missing={name: count for name, count in missing.items() if count},
        absent=[name for name in protocol.participants if name not in answered],
    )


def write_merged(merged: Merged, folder: Path) -> None:
    """Write answers.csv, questionnaire.csv, about.csv and rejected.csv; each is there even where it is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: tuple[tuple[str, type, Sequence[Any]], ...] = (
        (ANSWERS, Answer, merged.tables.answers),
        (QUESTIONNAIRE, Reply, merged.tables.questionnaire),
        (ABOUT, About, merged.tables.about),
        (REJECTED, Rejected, merged.rejected),
    )
    for name, kind, rows in tables:
        stream = StringIO()
        writer = csv.writer(stream)
        writer.writerow(kind.__dataclass_fields__)  # type: ignore[attr-defined]
        writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
        write_atomically(folder / name, stream.getvalue())


def _cell(value: object) -> object:
    return int(value) if isinstance(value, bool) else "" if value is None else value


def _read(path: Path, protocol: Protocol, rows: list[_Row], rejected: list[Rejected]) -> None:
    try:
        names, read = table_of(_text(path), COLUMNS, str(path))
    except UserError as error:
        rejected.append(Rejected(str(path), 0, "", str(error)))
        return
    for number, cells in read:
        row = dict(zip(names, cells, strict=False))
        try:
            if len(cells) != len(names):
                raise Refused(f"{len(cells)} values, expected {len(names)}")
            rows.append(_Row(str(path), number, read_record({key: row[key].strip() for key in COLUMNS}, protocol)))
        except Refused as error:
            rejected.append(Rejected(str(path), number, row.get("participant", ""), str(error)))


def _text(path: Path) -> str:
    if not path.is_file():
        raise UserError(f"{path} does not exist: expected a CSV that a page exported")
    content = path.read_bytes()
    for encoding in ("utf-16",) if content.startswith(UTF_16) else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"{path} is no text: expected a CSV that a page exported")


def _key(record: Record) -> tuple[str, ...]:
    if isinstance(record, Answer):
        return ("answer", record.participant, record.item)
    if isinstance(record, Reply):
        return ("questionnaire", record.participant, str(record.block), record.question)
    return ("about", record.participant)


def _without_repeats(rows: Sequence[_Row], rejected: list[Rejected]) -> tuple[list[_Row], int]:
    """Keep one row of each; the first in time, of those without a time the first that was read."""
    kept: dict[tuple[str, ...], _Row] = {}
    repeated = 0
    for row in sorted(rows, key=_moment):
        first = kept.setdefault(_key(row.record), row)
        if first is row:
            continue
        if first.record == row.record:
            repeated += 1
        else:
            rejected.append(row.rejected(f"other than {first.file}, row {first.number}, which stands"))
    return list(kept.values()), repeated


def _moment(row: _Row) -> str:
    return row.record.finished_at if isinstance(row.record, Answer) else ""


def _tables(records: Sequence[Record]) -> Tables:
    return Tables(
        sorted((each for each in records if isinstance(each, Answer)), key=lambda each: (each.participant, each.rank)),
        sorted((each for each in records if isinstance(each, Reply)), key=lambda each: (each.participant, each.block)),
        sorted((each for each in records if isinstance(each, About)), key=lambda each: each.participant),
    )
