"""The command: read what was written, count what is no exercise, write the others."""

import csv
import io
import sys
from collections import Counter
from pathlib import Path

from alambic.commands.outputs import encodable, read_outputs
from alambic.errors import UserError, nearest
from alambic.runtime.whole_file import write_atomically
from alambic.tasks.exercises.csv_table import inert_cell, write_csv
from alambic.tasks.exercises.exercise import Exercise, printable_line
from alambic.tasks.exercises.gift import write_gift
from alambic.tasks.exercises.line import NotAnExercise, read_line
from alambic.tasks.exercises.moodle_xml import write_moodle_xml
from alambic.tasks.exercises.page import write_page

FORMATS = (".csv", ".xml", ".gift", ".html")


def export(outputs: str, file: Path, *, column: str, seed: str, category: str, language: str) -> None:
    """Write the exercises; lines that are none go to FILE.failures.csv, and are counted by reason.

    UserError where a file that is written is the one that is read.
    """
    if file.suffix not in FORMATS:
        raise UserError(f"--output {file}: {nearest(file.suffix, FORMATS)}")
    for written in (file, failures_of(file)):
        if written.exists() and Path(outputs).exists() and written.samefile(outputs):
            raise UserError(f"--output {file}: {outputs}, which is read, would be lost: give another --output")
    exercises: list[tuple[str, Exercise]] = []
    failures: list[tuple[str, str, str]] = []
    names: dict[str, str] = {}
    for name, line in read_outputs(outputs, column=column, seed=seed).texts.items():
        shown = printable_line(name)
        if (other := names.setdefault(shown, name)) != name:
            raise UserError(f"{outputs}: the ids {other!r} and {name!r} are both written {shown!r}: rename one")
        try:
            exercises.append((shown, read_line(line)))
        except NotAnExercise as error:
            failures.append((name, error.reason, line))
    _report(file, len(exercises), failures)
    if not exercises:
        raise UserError(f"{outputs}: none of {len(failures)} lines is an exercise: see docs/how-to/exercises.md")
    write_atomically(file, _written(exercises, file.suffix, printable_line(category), language))


def failures_of(file: Path) -> Path:
    """Give the file that lists the lines that are no exercise."""
    return file.with_name(f"{file.name}.failures.csv")


def _written(exercises: list[tuple[str, Exercise]], suffix: str, category: str, language: str) -> str:
    if suffix == ".xml":
        return write_moodle_xml(exercises, category=category)
    if suffix == ".gift":
        return write_gift(exercises, category=category)
    return write_page(exercises, language=language) if suffix == ".html" else write_csv(exercises)


def _report(file: Path, count: int, failures: list[tuple[str, str, str]]) -> None:
    """Print how many lines are exercises, and why others are none; write these into their file."""
    sys.stdout.write(f"{count} of {count + len(failures)} lines are exercises\n")
    for reason, times in Counter(reason for _, reason, _ in failures).most_common():
        sys.stdout.write(f"  {reason}: {times}\n")
    file.parent.mkdir(parents=True, exist_ok=True)
    failures_of(file).unlink(missing_ok=True)
    if failures:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("id", "reason", "line"))
        writer.writerows([inert_cell(encodable(cell)) for cell in failure] for failure in failures)
        write_atomically(failures_of(file), stream.getvalue())
