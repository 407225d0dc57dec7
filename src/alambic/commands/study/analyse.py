"""`study analyse`: what people did with the model, as a table, a page, and a text for a paper.

analysis.csv has a row per measure and condition, or contrast of two: measure, condition, contrast, estimate, low, high,
p, corrected p, n people, n items, note. study.html shows it; methods.md and methods.fr.md can stand in a paper.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alambic.commands.artifact_folders import find_artifact
from alambic.errors import UserError
from alambic.runtime.whole_file import write_atomically

PROTOCOL, ITEMS = "protocol.json", "items.parquet"
COLUMNS = (
    "measure",
    "condition",
    "contrast",
    "estimate",
    "low",
    "high",
    "p",
    "corrected p",
    "n people",
    "n items",
    "note",
)
ARTIFACTS = Path("artifacts/study")


def add_analyse_command(parts: Any) -> None:
    """Declare `study analyse`."""
    analyse = parts.add_parser("analyse", help="measure reliance, time and biases, with intervals; write a page")
    analyse.add_argument("tables", type=Path, metavar="FOLDER", help="with answers.csv, as `study read` wrote it")
    analyse.add_argument("--output", required=True, type=Path, metavar="FOLDER")
    analyse.add_argument(
        "--study",
        default="",
        metavar="ITEM",
        help="of `study`, or its folder (default: the tables' folder, or the artifact whose protocol was answered)",
    )
    analyse.add_argument("--resamples", type=int, default=4000, metavar="N")
    analyse.add_argument("--confidence", type=float, default=0.95)
    analyse.add_argument(
        "--substitution-seconds", type=float, default=3.0, metavar="S", help="below which advice was taken unread"
    )
    analyse.add_argument(
        "--attention", type=float, default=0.5, metavar="SHARE", help="of the checks that a person who counts passes"
    )
    analyse.set_defaults(run=_analyse)


def _analyse(arguments: argparse.Namespace) -> None:
    from alambic.studies.results import Options

    options = Options(
        resamples=arguments.resamples,
        confidence=arguments.confidence,
        substitution_seconds=arguments.substitution_seconds,
        fewest_passed=arguments.attention,
    )
    for line in analyse_study(arguments.tables, arguments.output, study=arguments.study, options=options):
        sys.stdout.write(line + "\n")


def analyse_study(tables_folder: Path, output: Path, *, study: str = "", options: Any = None) -> Iterator[str]:
    """Write the four files into `output`; yield lines that sum up."""
    from alambic.commands.study.methods import FILES, write_methods
    from alambic.commands.study.page_of_analysis import render, who_took_part
    from alambic.studies.analysis import analyse
    from alambic.studies.answers import read_tables
    from alambic.studies.results import Options
    from alambic.studies.trials import items_of

    options = options or Options()
    _check(options)
    tables = read_tables(tables_folder)
    protocol = tables.answers[0].protocol
    found = analyse(tables, items_of(study_folder(tables_folder, study, protocol)), options)
    if not found.people.included:
        raise UserError(f"{tables_folder}: nobody counts: {who_took_part(found).plain()}")
    if len(found.trials) == 0:
        raise UserError(f"{tables_folder}: no answer is to an item of the study: is --study that of these answers?")
    output.mkdir(parents=True, exist_ok=True)
    write_atomically(output / "analysis.csv", csv_of(found))
    write_atomically(output / "study.html", render(found, protocol=protocol))
    for language, name in FILES.items():
        write_atomically(output / name, write_methods(found, protocol=protocol, language=language))
    yield who_took_part(found).plain()
    shown = [row for row in found.rows if row.is_shown]
    for row in shown:
        yield f"{row.measure}, {row.condition} against {row.contrast}: {_written(row.estimate)}"
    without = sum(row.estimate is None for row in found.rows)
    yield f"{output}: {len(found.rows)} rows, {len(shown)} effects shown; {without} not estimable, with the reason"


def _check(options: Any) -> None:
    if options.resamples < 100 or not 0 < options.confidence < 1 or not 0 <= options.fewest_passed <= 1:
        raise UserError(
            f"--resamples {options.resamples} --confidence {options.confidence:g} --attention "
            f"{options.fewest_passed:g}: expected 100 or more, and shares such as 0.95 and 0.5"
        )
    if not options.substitution_seconds > 0:
        raise UserError(f"--substitution-seconds {options.substitution_seconds:g}: expected more than 0")


def study_folder(tables: Path, study: str, protocol: str) -> Path:
    """Find the folder that says what is right; UserError where there is none, or it is of another protocol."""
    if study:
        folder = find_artifact(study, ITEMS) or find_artifact(str(Path("study") / study), ITEMS)
        if folder is None:
            raise UserError(f"--study {study}: no {ITEMS} there: give an item of `study`, or its folder")
    elif (tables / ITEMS).is_file():
        folder = tables
    else:
        folder = next((path.parent for path in ARTIFACTS.glob(f"*/*/{PROTOCOL}") if _digest(path) == protocol), None)
        if folder is None:
            raise UserError(
                f"{tables} has no {ITEMS}, and no artifact of `study` has protocol {protocol}: give --study ITEM: "
                "answers alone do not say what is right"
            )
    if (folder / PROTOCOL).is_file() and _digest(folder / PROTOCOL) != protocol:
        raise UserError(f"{folder} is of protocol {_digest(folder / PROTOCOL)}, the answers of {protocol}: give theirs")
    return folder


def _digest(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no protocol of a study ({error})") from error


def csv_of(analysis: Any) -> str:
    """Write the rows as CSV, with remarks in English."""
    from alambic.commands.study.analysis_words import remarks

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in analysis.rows:
        note = remarks(row)
        numbers = (row.estimate, row.low, row.high, row.p, row.corrected_p)
        writer.writerow(
            [
                row.measure,
                row.condition,
                row.contrast,
                *map(_written, numbers),
                row.people,
                row.items,
                str(note),
            ]
        )
    return stream.getvalue()


def _written(number: float | None) -> str:
    return "" if number is None else f"{number:.6g}"
