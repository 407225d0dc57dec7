"""Watch a risk that was guaranteed: read what persons found among automated units, and raise the alarm.

The file is a CSV with a header and a row per unit that was automated and then coded by a person too, in the order of
time: `right` is 1 or 0. A column `batch`, such as the week, gives a line for each of its values.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.commands.calibrations import at_risk, read_calibration
from alambic.errors import UserError

ALARM = 3  # the status of a command that ends with an alarm
RIGHT, BATCH = "right", "batch"
TRUTH = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True)
class Feedback:
    """What a person found of one automated unit."""

    right: bool
    batch: str


def add_monitor_command(commands: Any) -> None:
    """Declare `monitor`."""
    monitor = commands.add_parser("monitor", help="say whether the risk of automated units is still what was promised")
    monitor.add_argument("artifact", type=Path, help="a finished artifact of stage calibrate: its folder")
    monitor.add_argument("feedback", type=Path, help="a CSV: `right` (1 or 0) of each checked unit, in order of time")
    monitor.add_argument("--risk", type=float, default=None, metavar="ALPHA", help="default: the artifact's middle one")
    monitor.set_defaults(run=_monitor)


def _monitor(arguments: argparse.Namespace) -> None:
    alarm = False
    for line, alarm in watch(arguments.artifact, arguments.feedback, risk=arguments.risk):  # noqa: B007
        sys.stdout.write(f"{line}\n")
    if alarm:
        sys.stdout.flush()
        sys.exit(ALARM)


def watch(artifact: Path, feedback: Path, *, risk: float | None) -> Iterator[tuple[str, bool]]:
    """Yield a line for each batch, and one that judges all, each with whether the alarm has been raised."""
    from alambic.statistics.risk_monitor import first_alarm, wealth

    promised, level = read_promise(artifact, risk)
    rows = read_feedback(feedback)
    of_units = wealth([not row.right for row in rows], most=promised)
    place = first_alarm(of_units, level=1 - level)
    ends = [n for n in range(len(rows)) if n + 1 == len(rows) or rows[n + 1].batch != rows[n].batch]
    start = 0
    for end in ends if any(row.batch for row in rows) else []:
        batch = rows[start : end + 1]
        wrong = sum(not row.right for row in batch)
        raised = place is not None and place <= end
        evidence = f"evidence {of_units[end]:.3g} of {1 / (1 - level):.3g}"
        yield f"{batch[0].batch}: {wrong} of {len(batch)} wrong; {evidence}{'; ALARM' if raised else ''}", raised
        start = end + 1
    yield _verdict(rows, promised, level, place), place is not None


def _verdict(rows: Sequence[Feedback], promised: float, level: float, place: int | None) -> str:
    wrong = sum(not row.right for row in rows)
    counted = f"{wrong} of {len(rows)} checked units are wrong ({100 * wrong / len(rows):.2f} %)"
    if place is None:
        return f"{counted}: nothing shows a risk above {100 * promised:g} %"
    return (
        f"{counted}: ALARM after {place + 1}: the risk is above {100 * promised:g} %, and such an alarm is false at "
        f"most {100 * (1 - level):.3g} times in 100. Stop automating, find what changed, and calibrate again"
    )


def read_promise(artifact: Path, risk: float | None) -> tuple[float, float]:
    """Read which risk was guaranteed, with which confidence; UserError where there is none such."""
    content = read_calibration(artifact, command="monitor")
    row = at_risk(content, risk, artifact, command="monitor")
    if row["threshold"] is None:
        raise UserError(
            f"monitor: at a risk of {row['alpha']:g} {artifact} automates nothing: there is nothing to watch"
        )
    return row["alpha"], content["confidence"]


def read_feedback(path: Path) -> list[Feedback]:
    """Read the file; UserError where it is not there, has no column `right`, or a row that says neither 1 nor 0."""
    if not path.is_file():
        raise UserError(f"monitor: {path} does not exist: expected a CSV with a column `{RIGHT}`")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if RIGHT not in (reader.fieldnames or []):
            raise UserError(f"monitor: {path}: no column `{RIGHT}`; its columns: {', '.join(reader.fieldnames or [])}")
        rows = []
        for row in reader:
            value = (row[RIGHT] or "").strip().lower()
            if value not in TRUTH:
                raise UserError(f"monitor: {path}, line {reader.line_num}: {RIGHT}: '{value}': expected 1 or 0")
            rows.append(Feedback(TRUTH[value], (row.get(BATCH) or "").strip()))
    if not rows:
        raise UserError(f"monitor: {path} has no row: expected one for each automated unit that a person checked")
    return rows
