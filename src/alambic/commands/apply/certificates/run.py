"""The command for a file of death certificates: its lines in, the same lines with codes out."""

import csv
import io
import logging
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from alambic.commands.apply.certificates.coder import CodedText, Explained
from alambic.commands.apply.certificates.columns import Columns
from alambic.commands.apply.certificates.decided import Decided, decide, undecided
from alambic.commands.apply.certificates.reading import Certificate, header_of, read_certificates, survey
from alambic.commands.apply.certificates.rule import AUTOMATED, Rule
from alambic.commands.apply.certificates.summary import report_rejected, summarise
from alambic.commands.apply.certificates.systems import choose_systems, find_system
from alambic.commands.apply.certificates.workers import REMEMBERED, Asked, Remembered, Workers
from alambic.commands.apply.files import Changed, rejected_of, reserved, state
from alambic.commands.apply.output import Unfinished
from alambic.commands.artifact_folders import find_artifact
from alambic.commands.calibrations import FILE as CALIBRATION
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.settings.calibrate import Guarantee
from alambic.stages.collect.certificates.columns import Header

log = logging.getLogger("alambic")

LINES_AT_ONCE = 512  # of each process
AHEAD = 2  # portions that are worked on, while the one before is written
KNOWN = {"year": "year", "sex": "sex", "age_class": "age"}  # of attributes: the column that tells them


@dataclass(frozen=True)
class Coding:
    """How a file of certificates is coded."""

    columns: Mapping[str, str]  # of the file, that bear other names than CLEF's and CépiDc's
    calibration: str = ""
    risk: float | None = None
    guarantee: Guarantee | None = None
    explain: bool = False
    engine: str = "auto"
    processes: int = 1
    threads: int = 0


def code_certificates(artifact: str, file: Path, how: Coding, *, output: Path | None) -> None:
    """Write the lines of `file` with their codes to `output`, or to standard output.

    Rows that cannot be read go to a person, and are listed in `<output>.rejected.jsonl`. A run that was stopped goes on
    behind the last certificate that was written whole. UserError where nothing can be coded.
    """
    with reserved(output, [file] if file.is_file() else []) as watched:
        header = header_of(file, how.columns)
        folder = _calibration(how)
        rule = None if folder is None else Rule.read(folder, risk=how.risk, guarantee=how.guarantee)
        _check_groups(rule, header, file)
        signals = rule.confidence.names if rule else ()
        chosen = choose_systems(artifact, engine=how.engine, calibration=folder, signals=signals, explains=how.explain)
        known = survey(file, how.columns)
        labels = chosen.data.label_texts if chosen.data else {}
        columns = Columns(header, rule, explains=how.explain, labels=labels)
        make = chosen.prepare(lowest=rule.lowest if rule else 2.0, explains=how.explain)
        rejections = Rejections(most=1.0, file=rejected_of(output) if output else None)
        certificates = read_certificates(file, how.columns, known, rejections)
        with Workers(make, processes=how.processes, threads=how.threads) as workers:
            coder = _Coded(workers, rule, explains=how.explain)
            if output is None:
                _write(sys.stdout, columns, coder.decided(certificates), header, total=known.rows, done=-1)
                watched.check()
            else:
                run = {
                    "artifact": state(_identity(find_system(artifact)[0])),
                    "calibration": state(folder / CALIBRATION) if folder else None,
                    "file": watched.states[0],
                    "columns": columns.names,
                    "how": {key: value for key, value in asdict(how).items() if key not in ("processes", "threads")},
                }
                unfinished = Unfinished(output, run)
                _to_part(unfinished, columns, coder, certificates, header, known.rows)
                watched.check()
                unfinished.finish(output)
    report_rejected(rejections, known.problems)
    if output is not None:
        summarise(output, columns)


def _identity(folder: Path) -> Path:
    """Give the file that tells an artifact, or a copied model, from another."""
    return next(folder / name for name in ("manifest.json", "config.json") if (folder / name).is_file())


def _calibration(how: Coding) -> Path | None:
    """Find the artifact of `calibrate`; UserError where it is not there, or a risk is given without one."""
    if not how.calibration:
        if how.risk is not None or how.guarantee is not None:
            raise UserError(
                "--risk and --guarantee belong to --calibration: give an item such as calibrate/certificates"
            )
        return None
    folder = find_artifact(how.calibration, CALIBRATION)
    if folder is None:
        raise UserError(
            f"--calibration {how.calibration}: no {CALIBRATION} there: give an item of `calibrate`, such as "
            "calibrate/certificates, or its folder (`ls artifacts/calibrate/*`)"
        )
    return folder


def _check_groups(rule: Rule | None, header: Header, file: Path) -> None:
    """UserError where the group of a certificate is in a column that the file has not."""
    if rule is None or rule.guarantee != "group" or rule.groups.by_answer is not None:
        return
    column = KNOWN.get(rule.groups.attribute, "")
    if column not in header.columns:
        raise UserError(
            f"the calibration has groups by '{rule.groups.attribute}', and {file} has no column that tells it"
            f"{f': name it as `--column {column}=NAME`' if column else ''}; or give --guarantee all"
        )


class _Portion(NamedTuple):
    """Certificates that were decided about, and what each of their texts was coded as, and why."""

    decided: list[Decided]
    coded: Mapping[str, CodedText]
    explained: Mapping[str, Explained]


class _Coded:
    """Has texts coded, each once, a portion of certificates after the other, and decides about these."""

    def __init__(self, workers: Workers, rule: Rule | None, *, explains: bool) -> None:
        self.rule, self.explains = rule, explains
        self.lines = LINES_AT_ONCE * workers.processes
        most = max(REMEMBERED, (AHEAD + 2) * self.lines)
        self.codes = Remembered(workers, "code", most=most)
        self.reasons = Remembered(workers, "explain", most=most)

    def decided(self, certificates: Iterable[Certificate]) -> Iterator[_Portion]:
        """Yield them, some at a time."""
        waiting: deque[tuple[list[Certificate], Asked]] = deque()
        for portion in _portions(certificates, self.lines):
            waiting.append((portion, self.codes.ask((text, text) for text in _texts(portion))))
            if len(waiting) > AHEAD:
                yield self._finished(*waiting.popleft())
        while waiting:
            yield self._finished(*waiting.popleft())

    def _finished(self, certificates: list[Certificate], asked: Asked) -> _Portion:
        coded = self.codes.take(asked)
        decided = decide(certificates, coded, self.rule) if self.rule else undecided(certificates)
        if not self.explains:
            return _Portion(decided, coded, {})
        for_people = [each.certificate for each in decided if each.verdict.decision != AUTOMATED]
        texts = ((text, (text, coded[text].answers[0])) for text in _texts(for_people))
        return _Portion(decided, coded, self.reasons.take(self.reasons.ask(texts)))


def _portions(certificates: Iterable[Certificate], lines: int) -> Iterator[list[Certificate]]:
    portion: list[Certificate] = []
    size = 0
    for certificate in certificates:
        portion.append(certificate)
        size += len(certificate.lines)
        if size >= lines:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _texts(certificates: Iterable[Certificate]) -> Iterator[str]:
    return (line.text for certificate in certificates for line in certificate.lines if line.text)


def _to_part(
    unfinished: Unfinished,
    columns: Columns,
    coder: _Coded,
    certificates: Iterator[Certificate],
    header: Header,
    total: int,
) -> None:
    written = unfinished.answered() - 1  # the first line names the columns
    first, done = None, 0
    while done < written:  # whole certificates alone: of the last one some lines may not have been written
        first = next(certificates, None)
        if first is None:
            raise Changed(unfinished.part)  # the file itself is as it was, and has as many rows
        done += len(first.lines)
    again = [first] if first is not None and done > written else []
    done -= sum(len(each.lines) for each in again)
    if written >= 0:
        unfinished.keep(1 + done)
    if done:
        log.info("%d lines were coded by a run that was stopped: going on behind them", done)
    left = (each for part in (again, certificates) for each in part)
    with unfinished.part.open("a", encoding="utf-8", newline="") as stream:
        _write(stream, columns, coder.decided(left), header, total=total, done=done if written >= 0 else -1)


def _write(
    stream: Any,
    columns: Columns,
    portions: Iterator[_Portion],
    header: Header,
    *,
    total: int,
    done: int,
) -> None:
    """Write rows as they come; `done` of them are there already, or -1 where not even the names of the columns are."""
    rows = csv.writer(stream, delimiter=header.separator, lineterminator="\n")
    if done < 0:
        rows.writerow(columns.names)
    with closing(tqdm(total=total, initial=max(done, 0), unit="line", disable=None)) as progress:
        for portion in portions:
            content = io.StringIO(newline="")
            own = csv.writer(content, delimiter=header.separator, lineterminator="\n")
            lines = [
                columns.row(each, line, portion.coded, portion.explained)
                for each in portion.decided
                for line in each.certificate.lines
            ]
            own.writerows([_plain(cell) for cell in line] for line in lines)
            stream.write(content.getvalue())
            stream.flush()
            progress.update(len(lines))


def _plain(cell: str) -> str:
    """Put a cell on one line: a run that was stopped goes on behind the last whole line."""
    return cell.replace("\r", " ").replace("\n", " ")
