"""What the processes below this one use, as Linux counts it."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

TICK, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """Processor seconds since this process began, resident bytes now, and the processes below it."""

    seconds: float
    resident: int
    processes: frozenset[int]


def usage_below(pid: int | None = None) -> Usage:
    """Count this process, what lives below it, and what has ended there and was waited for.

    A process that ended while nobody waited for it is lost; so are those that srun starts, which are below slurmd.
    """
    pid = os.getpid() if pid is None else pid
    table = _table()
    below = _below(pid, {process: parent for process, (parent, _, _) in table.items()})
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    seconds = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    seconds += sum(table[process][1] for process in below)
    return Usage(seconds, sum(table[process][2] for process in below), frozenset(below))


def peak_of_ended() -> int:
    """Give the resident bytes that the largest of the ended processes had at most."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def _below(pid: int, parents: dict[int, int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for process, parent in parents.items():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = list(children.get(pid, []))
    while waiting:
        process = waiting.pop()
        if process not in found:
            found.add(process)
            waiting += children.get(process, [])
    return found


def _table() -> dict[int, tuple[int, float, int]]:
    """Map each process to its parent, its processor seconds (with its ended children's) and its resident bytes."""
    table = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            table[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICK, int(fields[21]) * PAGE)
    return table
