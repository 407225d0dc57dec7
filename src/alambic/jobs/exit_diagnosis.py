"""Why an attempt ended, judged from outside: exit status, the word it left, the time, the kernel."""

import re
import signal
from pathlib import Path

from alambic.runtime.exit_reason import Ending, Why


def judge(
    status: int, said: Ending | None, *, made: bool, told: bool, near_the_end: bool, short_of_memory: bool
) -> tuple[Why, str]:
    """Name the ending, from the processes' exit status, from what they said, and from whether the result was `made`.

    At a wall limit statuses say little: srun may return 0 or 1 of ranks that SIGTERM ended. `told`: it came here too.
    """
    stopped = Why.WALL_LIMIT if near_the_end else Why.ASKED_TO_STOP
    if made:  # by rank 0, at its very end; another one may have been ended or have failed while it left
        return Why.DONE, ""
    if said is not None and said.why is Why.ASKED_TO_STOP:
        return stopped, said.detail
    if short_of_memory:
        return Why.OUT_OF_MEMORY, "the system ended a process that took more memory than the job has"
    if told and (said is None or said.why is Why.LOST_RANK):
        return stopped, ""
    if said is not None:
        return said.why, said.detail
    return _of_status(status, stopped)


def _of_status(status: int, stopped: Why) -> tuple[Why, str]:
    number = -status if status < 0 else status - 128
    if number in (signal.SIGTERM, signal.SIGUSR1) or (status == 0 and stopped is Why.WALL_LIMIT):
        return stopped, ""
    if number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT):
        return Why.LOST_RANK, f"a process was ended by {signal.Signals(number).name}"
    if status == 0:
        return Why.LOST_RANK, "its processes ended without a result"
    return Why.ERROR, f"exit status {status}"


def after_all(why: Why, detail: str, *, trains: bool, advanced: bool, left: bool) -> tuple[Why, str]:
    """Call an error what would come again: a wall limit that added nothing to go on from, too little memory.

    Less memory is needed by a smaller micro-batch, which only what `trains` has. `left`: something is saved.
    """
    if why is Why.WALL_LIMIT and not advanced:
        return Why.ERROR, "the wall limit came before anything was saved: give it a longer `runtime`"
    if why is Why.OUT_OF_MEMORY and not trains:
        return Why.ERROR, f"{detail}: give it more memory, or more cores where memory follows them"
    if why in (Why.WALL_LIMIT, Why.ASKED_TO_STOP) and not detail:
        return why, "what was saved stays" if left else "nothing was saved: it begins anew"
    return why, detail


def kills_for_memory(root: Path = Path("/")) -> int:
    """How many processes the kernel has ended because this job's control group was out of memory."""
    try:
        groups = (root / "proc/self/cgroup").read_text(encoding="ascii").splitlines()
        own = next(line.split("::", 1)[1] for line in groups if line.startswith("0::"))
        # In a Slurm job this process is in the group of one step, and the ranks that srun starts are in another's.
        job = re.match(r".*/job_\d+", own)
        events = (root / f"sys/fs/cgroup/{job[0] if job else own}/memory.events").read_text(encoding="ascii").split()
        return int(events[events.index("oom_kill") + 1])
    except (OSError, StopIteration, ValueError):
        return 0
