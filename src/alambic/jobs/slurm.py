"""The questions that Alambic asks Slurm, through its own commands."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 60  # seconds; a busy controller answers late
SEPARATOR = "\x1f"
# A user's filters and formats, which would hide jobs: the questions below say all that they want.
FILTERS = ("SQUEUE_", "SACCT_", "SINFO_")
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


class NoAnswer(Exception):
    """Slurm is not here, or does not answer: nothing is known."""


class NotInstalled(NoAnswer):
    """There is no cluster here."""


@dataclass(frozen=True)
class Job:
    """A job that the queue still shows."""

    number: str
    state: str
    name: str
    comment: str  # what Snakemake's executor writes: the rule and the wildcards
    folder: Path  # where it was submitted

    @property
    def live(self) -> bool:
        """Whether it runs, or will."""
        return self.state not in FINISHED


def current_job() -> str | None:
    """Number of the job in which this process runs."""
    return os.environ.get("SLURM_JOB_ID")


def is_installed() -> bool:
    """Tell whether Slurm's commands are installed."""
    return shutil.which("squeue") is not None


def is_live(number: str) -> bool:
    """Tell whether a job waits or runs. Raises NoAnswer when Slurm does not say."""
    try:
        state = _ask("squeue", "--noheader", "--jobs", number, "--format", "%T")
    except NoAnswer as error:
        if "Invalid job id" in str(error):  # forgotten: it ended a while ago
            return False
        raise
    return any(line.strip() not in FINISHED for line in state.splitlines() if line.strip())


def jobs_of(folder: Path) -> list[Job]:
    """List the jobs that were submitted from `folder`, by whomever, and still wait or run. Raises NoAnswer."""
    # Paths, names and comments are other people's free text: the fields are told apart by a character that none holds.
    output = _ask("squeue", "--noheader", "--format", SEPARATOR.join(("%Z", "%A", "%T", "%j", "%k")))
    jobs = [
        Job(number, state, name, comment, Path(where)) for where, number, state, name, comment in _fields(output, 5)
    ]
    return [job for job in jobs if job.live and job.folder.resolve() == folder.resolve()]


def seconds_left(number: str) -> float | None:
    """Seconds until Slurm ends a running job at its wall limit; None where there is none or Slurm is silent."""
    try:
        return parse_duration(_ask("squeue", "--noheader", "--jobs", number, "--format", "%L").strip())
    except NoAnswer:
        return None


def nodes_of(number: str) -> str | None:
    """The nodes of a running job in Slurm's short form, such as gpu[1-2]; None if Slurm is silent."""
    try:
        return _ask("squeue", "--noheader", "--jobs", number, "--format", "%N").strip() or None
    except NoAnswer:
        return None


def parse_duration(text: str) -> float | None:
    """Read Slurm's [days-]hours:minutes:seconds: `1-00:00:30` -> 86430.0, `UNLIMITED` -> None."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def requeue(number: str) -> None:
    """Put this very job back in the queue, under its own number; Slurm then ends this process. Raises NoAnswer."""
    # Submitted with --no-requeue, so that a lost node does not start it a second time behind the workflow's back.
    _ask("scontrol", "update", f"JobId={number}", "Requeue=1")
    _ask("scontrol", "requeue", number)


def final_state(number: str) -> str | None:
    """Name the state in which a job ended, as long as the controller or the accounting remembers it."""
    for command in (
        ["scontrol", "--oneliner", "show", "job", number],
        ["sacct", "-j", number, "-X", "-n", "-o", "State%30"],
    ):
        try:
            output = _ask(*command)
        except NoAnswer:
            continue
        match = re.search(r"JobState=(\S+)", output) or re.search(r"^\s*([A-Z_]+)", output)
        if match:
            return match.group(1)
    return None


def consumed_joules(number: str) -> float | None:
    """Joules that the accounting counted for a job; None where no plug-in counts. Raises NoAnswer.

    They are those of whole nodes: of a job that shares one, also the neighbours'. Steps are added up.
    """
    output = _ask("sacct", "-j", number, "-n", "-P", "-o", "JobID,ConsumedEnergyRaw")
    rows = [line.split("|") for line in output.splitlines() if line.count("|") == 1]
    joules = {step: float(value) for step, value in rows if value.strip().isdigit()}
    steps = [value for step, value in joules.items() if "." in step]
    return sum(steps) or joules.get(number) or None


def environment() -> dict[str, str]:
    """This process's environment, without what changes the answers of Slurm's commands."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FILTERS)}


def unavailable_nodes() -> dict[str, str]:
    """Give why each node that takes no jobs does not, as its administrator wrote it. Raises NoAnswer."""
    output = _ask("sinfo", "--noheader", "--list-reasons", "--format", SEPARATOR.join(("%N", "%t", "%E")))
    return {node: f"{state}: {reason}" for node, state, reason in _fields(output, 3)}


def _fields(output: str, number: int) -> list[list[str]]:
    # By line feed alone: a name may hold other line separators.
    rows = [line.split(SEPARATOR, number - 1) for line in output.split("\n")]
    return [row for row in rows if len(row) == number]


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment(),
            # As Python reads paths, whatever bytes another user's job shows.
            encoding="utf-8",
            errors="surrogateescape",
        )
    except FileNotFoundError as error:
        raise NotInstalled(str(error)) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswer(str(error)) from error
    if done.returncode:
        kind = NotInstalled if "configuration source" in done.stderr else NoAnswer
        raise kind(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
