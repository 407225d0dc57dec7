"""No process goes on without the one that started it."""

import ctypes
import signal

_LIBC = ctypes.CDLL(None)  # loaded here: between fork and exec a process must not load anything


def die_with_parent() -> None:
    """Have Linux kill this process when the one that started it dies: no orphan goes on writing."""
    _LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def follow_parent() -> None:
    """Tie a worker's life to its parent's, and leave signals to that one: it may still need what the worker makes."""
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    die_with_parent()
