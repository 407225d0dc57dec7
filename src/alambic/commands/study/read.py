"""`study read`: what came back, as three tables."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from alambic.commands.study.found import find_study
from alambic.errors import UserError
from alambic.studies.merging import REJECTED, Merged, merge, write_merged

SHOWN = 20  # of the rows that are set aside


def read_files(item: str, files: Sequence[Path], folder: Path) -> None:
    """Merge the files; UserError where nothing is left of them."""
    protocol = find_study(item)
    paths = [path for given in files for path in (sorted(given.glob("*.csv")) if given.is_dir() else [given])]
    merged = merge(paths, protocol)
    write_merged(merged, folder)
    for line in _lines(merged, folder, len(paths)):
        sys.stdout.write(line + "\n")
    if not merged.tables.answers:
        raise UserError(f"no answer of protocol {protocol.digest} is in these files: {folder / REJECTED} says why")


def _lines(merged: Merged, folder: Path, files: int) -> Iterator[str]:
    people = len({answer.participant for answer in merged.tables.answers})
    yield f"{files} files: {len(merged.tables.answers)} answers of {people} participants, in {folder}"
    if merged.repeated:
        yield f"{merged.repeated} rows came more than once, all the same: one of each was taken"
    for name, count in merged.missing.items():
        yield f"{name}: {count} items without an answer"
    if merged.absent:
        yield f"nothing came of {len(merged.absent)}: {', '.join(merged.absent[:SHOWN])}"
    if merged.rejected:
        yield f"{len(merged.rejected)} rows or files are set aside, in {folder / REJECTED}"
    for each in merged.rejected[:SHOWN]:
        yield f"  {each.file}{f', row {each.row}' if each.row else ''}: {each.reason}"
