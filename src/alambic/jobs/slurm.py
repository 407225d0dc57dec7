"""The questions that Alambic asks Slurm, through its own commands."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60  # seconds; a busy controller answers late
FINISHED = {
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "TIMEOUT",
    "REVOKED",
}


class Silent(Exception):
    """Slurm is not here, or does not answer: nothing is known."""


class Absent(Silent):
    """There is no cluster here."""


@dataclass(frozen=True)
class Job:
    """A job that the queue still shows."""

    number: str
    state: str
    comment: str  # what Snakemake's executor writes: the rule and the wildcards
    folder: Path  # where it was submitted

    @property
    def live(self) -> bool:
        """Whether it runs, or will."""
        return self.state not in FINISHED


def own_job() -> str | None:
    """Number of the job in which this process runs."""
    return os.environ.get("SLURM_JOB_ID")


def present() -> bool:
    """Tell whether Slurm's commands are installed."""
    return shutil.which("squeue") is not None


def is_live(number: str) -> bool:
    """Tell whether a job waits or runs. Raises Silent when Slurm does not say."""
    try:
        state = _ask("squeue", "--noheader", "--jobs", number, "--format", "%T")
    except Silent as error:
        if "Invalid job id" in str(error):  # forgotten: it ended a while ago
            return False
        raise
    return any(line.strip() not in FINISHED for line in state.splitlines() if line.strip())


def jobs_of(folder: Path) -> list[Job]:
    """List the jobs that were submitted from `folder`, by whomever, and still wait or run. Raises Silent."""
    # The comment last: it is free text.
    shown = _ask("squeue", "--noheader", "--format", "%A|%T|%Z|%k")
    jobs = [Job(number, state, comment, Path(where)) for number, state, where, comment in _fields(shown, 4)]
    return [job for job in jobs if job.live and job.folder.resolve() == folder.resolve()]


def seconds_left(number: str) -> float | None:
    """Seconds until Slurm ends a running job at its wall limit; None where there is none or Slurm is silent."""
    try:
        return parse_duration(_ask("squeue", "--noheader", "--jobs", number, "--format", "%L").strip())
    except Silent:
        return None


def nodes_of(number: str) -> str | None:
    """The nodes of a running job in Slurm's short form, such as gpu[1-2]; None if Slurm is silent."""
    try:
        return _ask("squeue", "--noheader", "--jobs", number, "--format", "%N").strip() or None
    except Silent:
        return None


def parse_duration(text: str) -> float | None:
    """Read Slurm's [days-]hours:minutes:seconds, of which the first parts may be missing; None for UNLIMITED."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def put_back(number: str) -> None:
    """Put this very job back in the queue, under its own number; Slurm then ends this process. Raises Silent."""
    # Submitted with --no-requeue, so that a lost node does not start it a second time behind the workflow's back.
    _ask("scontrol", "update", f"JobId={number}", "Requeue=1")
    _ask("scontrol", "requeue", number)


def end_of(number: str) -> str | None:
    """Name the state in which a job ended, as long as the controller or the accounting remembers it."""
    for command in (
        ["scontrol", "--oneliner", "show", "job", number],
        ["sacct", "-j", number, "-X", "-n", "-o", "State%30"],
    ):
        try:
            shown = _ask(*command)
        except Silent:
            continue
        found = re.search(r"JobState=(\S+)", shown) or re.search(r"^\s*([A-Z_]+)", shown)
        if found:
            return found.group(1)
    return None


def _fields(shown: str, number: int) -> list[list[str]]:
    rows = [line.split("|", number - 1) for line in shown.splitlines()]
    return [row for row in rows if len(row) == number]


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except FileNotFoundError as error:
        raise Absent(str(error)) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Silent(str(error)) from error
    if done.returncode:
        kind = Absent if "configuration source" in done.stderr else Silent
        raise kind(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
