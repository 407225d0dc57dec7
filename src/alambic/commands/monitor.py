"""Watch a risk that was guaranteed: read what persons found among automated units, and raise the alarm.

The file is a CSV with a header and a row per unit that was automated and then coded by a person too, in the order of
time: `right` is 1 or 0. A column `batch`, such as the week, gives a line for each of its values. Where the risk of each
group is guaranteed, a column `group` says of which a unit is, and each group is watched on its own.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.commands.artifact_folders import find_artifact
from alambic.commands.calibrations import FILE, at_risk, check_guarantee, own_thresholds, read_calibration
from alambic.commands.monitor_feedback import Feedback, read_feedback
from alambic.errors import UserError
from alambic.settings.calibrate import ALL, GROUP, Guarantee

ALARM = 3  # the status of a command that ends with an alarm


@dataclass(frozen=True)
class Promise:
    """What was guaranteed: at most `risk` of all units, or of those of each of the groups, with some confidence.

    `false_alarms` is how probable an alarm may be, in any of the groups, where the promise stands.
    """

    risk: float
    confidence: float
    groups: tuple[str, ...] = ()  # those that have a threshold of their own; none: of all together

    @property
    def false_alarms(self) -> float:
        """The probability of a false alarm, over all groups."""
        return 1 - self.confidence


def add_monitor_command(commands: Any) -> None:
    """Declare `monitor`."""
    monitor = commands.add_parser("monitor", help="say whether the risk of automated units is still what was promised")
    monitor.add_argument("artifact", help="an item of calibrate, such as calibrate/certificates, or its folder")
    monitor.add_argument("feedback", type=Path, help="a CSV: `right` (1 or 0) of each checked unit, in order of time")
    monitor.add_argument("--risk", type=float, default=None, metavar="ALPHA", help="default: the artifact's middle one")
    monitor.add_argument(
        "--guarantee",
        default=ALL,
        choices=[ALL, GROUP],
        help="the one that `apply` was given: of all automated units together (default), or of each group, which the "
        "column `group` of the CSV names",
    )
    monitor.add_argument(
        "--id-column",
        default="",
        help="of the CSV, which names the unit (default: id, DocID or NumCertificat if there)",
    )
    monitor.set_defaults(run=_monitor)


def _monitor(arguments: argparse.Namespace) -> None:
    alarm = False
    how = {"risk": arguments.risk, "guarantee": arguments.guarantee, "id_column": arguments.id_column}
    for line, raised in watch(arguments.artifact, arguments.feedback, **how):
        sys.stdout.write(f"{line}\n")
        alarm = alarm or raised
    if alarm:
        sys.stdout.flush()
        sys.exit(ALARM)


def watch(
    artifact: str | Path, feedback: Path, *, risk: float | None, guarantee: Guarantee = ALL, id_column: str = ""
) -> Iterator[tuple[str, bool]]:
    """Yield a line for each batch, and one that judges all, each with whether the alarm has been raised.

    With the guarantee of each group these come for each group that was checked.
    """
    promise = read_promise(artifact, risk, guarantee)
    rows = read_feedback(feedback, id_column=id_column, with_groups=bool(promise.groups))
    if not promise.groups:
        yield from _watch(rows, promise.risk, promise.false_alarms, "")
        return
    for row in rows:
        if row.group not in promise.groups:
            raise UserError(
                f"monitor: {feedback}, line {row.line}: group '{row.group:.40}' has no threshold at a risk of "
                f"{promise.risk:g}, and is not automated: expected one of {', '.join(promise.groups)}"
            )
    level = promise.false_alarms / len(promise.groups)  # so that they hold together (Bonferroni)
    for group in promise.groups:
        of_group = [row for row in rows if row.group == group]
        if of_group:
            yield from _watch(of_group, promise.risk, level, f"{group}: ")
        else:
            yield f"{group}: no checked unit", False


def _watch(rows: Sequence[Feedback], promised: float, level: float, name: str) -> Iterator[tuple[str, bool]]:
    from alambic.statistics.risk_monitor import first_alarm, wealth

    of_units = wealth([not row.right for row in rows], most=promised)
    place = first_alarm(of_units, level=level)
    ends = [n for n in range(len(rows)) if n + 1 == len(rows) or rows[n + 1].batch != rows[n].batch]
    start = 0
    for end in ends if any(row.batch for row in rows) else []:
        batch = rows[start : end + 1]
        wrong = sum(not row.right for row in batch)
        raised = place is not None and place <= end
        evidence = f"evidence {of_units[end]:.3g} of {1 / level:.3g}"
        yield f"{name}{batch[0].batch}: {wrong} of {len(batch)} wrong; {evidence}{'; ALARM' if raised else ''}", raised
        start = end + 1
    yield f"{name}{_verdict(rows, promised, level, place)}", place is not None


def _verdict(rows: Sequence[Feedback], promised: float, level: float, place: int | None) -> str:
    wrong = sum(not row.right for row in rows)
    counted = f"{wrong} of {len(rows)} checked units are wrong ({100 * wrong / len(rows):.2f} %)"
    if place is None:
        return f"{counted}: nothing shows a risk above {100 * promised:g} %"
    return (
        f"{counted}: ALARM after {place + 1}: the risk is above {100 * promised:g} %, and such an alarm is false at "
        f"most {100 * level:.3g} times in 100. Stop automating, find what changed, and calibrate again"
    )


def read_promise(artifact: str | Path, risk: float | None, guarantee: Guarantee) -> Promise:
    """Read which risk was guaranteed, with which confidence; UserError where there is none such."""
    folder = find_artifact(str(artifact), FILE)
    if folder is None:
        raise UserError(
            f"monitor: {artifact} holds no {FILE}: give an item of `calibrate`, such as calibrate/certificates, or its "
            "folder (`ls artifacts/calibrate/*`)"
        )
    content = read_calibration(folder, command="monitor")
    row = at_risk(content, risk, folder, command="monitor")
    check_guarantee(content, guarantee, folder, command="monitor")
    own = tuple(group for group, threshold in own_thresholds(row).items() if threshold is not None)
    if not own if guarantee == GROUP else row["threshold"] is None:
        others = f"; with --guarantee group it automates {', '.join(own)}" if own else ""
        raise UserError(
            f"monitor: at a risk of {row['alpha']:g} {folder} automates nothing: there is nothing to watch{others}"
        )
    return Promise(row["alpha"], content["confidence"], own if guarantee == GROUP else ())
