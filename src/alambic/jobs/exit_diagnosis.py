"""Why an attempt ended, diagnosed from outside: exit status, the report it left, the time, the kernel."""

import re
import signal
from pathlib import Path

from alambic.runtime.exit_reason import ExitReason, ExitReport


def diagnose_exit(
    status: int,
    report: ExitReport | None,
    *,
    finished: bool,
    was_signalled: bool,
    near_wall_limit: bool,
    out_of_memory: bool,
) -> tuple[ExitReason, str]:
    """Name the reason and a detail, from the exit status, the processes' report, and whether the result is `finished`.

    At a wall limit statuses say little: srun may return 0 or 1 of ranks that SIGTERM ended. `was_signalled`: the
    supervisor was asked to stop, or asked the processes to; `out_of_memory`: the kernel ended one meanwhile.

    (137, None, nothing else) -> lost rank; the same with out_of_memory -> out of memory.
    """
    stopped = ExitReason.WALL_LIMIT if near_wall_limit else ExitReason.ASKED_TO_STOP
    if finished:  # by rank 0, at its very end; another one may have been ended or have failed while it left
        return ExitReason.DONE, ""
    if report is not None and report.reason is ExitReason.ASKED_TO_STOP:
        return stopped, report.detail
    if out_of_memory:
        return ExitReason.OUT_OF_MEMORY, "the system ended a process that took more memory than the job has"
    if was_signalled and (report is None or report.reason is ExitReason.LOST_RANK):
        return stopped, ""
    if report is not None:
        return report.reason, report.detail
    return _reason_of_status(status, stopped)


def _reason_of_status(status: int, stopped: ExitReason) -> tuple[ExitReason, str]:
    number = -status if status < 0 else status - 128
    if number in (signal.SIGTERM, signal.SIGUSR1) or (status == 0 and stopped is ExitReason.WALL_LIMIT):
        return stopped, ""
    if number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT):
        return ExitReason.LOST_RANK, f"a process was ended by {signal.Signals(number).name}"
    if status == 0:
        return ExitReason.LOST_RANK, "its processes ended without a result"
    return ExitReason.ERROR, f"exit status {status}"


def reclassify_exit(
    reason: ExitReason, detail: str, *, trains: bool, advanced: bool, has_progress: bool
) -> tuple[ExitReason, str]:
    """Call an error what would come again: a wall limit that added nothing to go on from, too little memory.

    Less memory is needed by a smaller micro-batch, which only what `trains` has. `has_progress`: something is saved.
    """
    if reason is ExitReason.WALL_LIMIT and not advanced:
        return ExitReason.ERROR, "the wall limit came before anything was saved: give it a longer `runtime`"
    if reason is ExitReason.OUT_OF_MEMORY and not trains:
        return ExitReason.ERROR, f"{detail}: give it more memory, or more cores where memory follows them"
    if reason in (ExitReason.WALL_LIMIT, ExitReason.ASKED_TO_STOP) and not detail:
        return reason, "what was saved stays" if has_progress else "nothing was saved: it begins anew"
    return reason, detail


def count_oom_kills(root: Path = Path("/")) -> int:
    """How many processes the kernel has ended because this job's control group was out of memory."""
    try:
        groups = (root / "proc/self/cgroup").read_text(encoding="ascii").splitlines()
        group = next(line.split("::", 1)[1] for line in groups if line.startswith("0::"))
        # In a Slurm job this process is in the group of one step, and the ranks that srun starts are in another's.
        job = re.match(r".*/job_\d+", group)
        events = (root / f"sys/fs/cgroup/{job[0] if job else group}/memory.events").read_text(encoding="ascii").split()
        return int(events[events.index("oom_kill") + 1])
    except (OSError, StopIteration, ValueError):
        return 0
