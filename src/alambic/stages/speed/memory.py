"""How much memory a part of a process takes at its peak, as Linux counts it."""

import contextlib
import ctypes
import gc
import re
from pathlib import Path

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
FORGET_PEAK = "5"  # written to clear_refs: proc(5)


class PeakMemory:
    """Counts from its making on; what was freed before is given back to the system first."""

    def __init__(self) -> None:
        gc.collect()
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        self.before: int | None = None
        with contextlib.suppress(OSError):  # another system, or a container that forbids it
            RESET.write_text(FORGET_PEAK, encoding="ascii")
            self.before = _bytes("VmRSS")

    def read(self) -> int | None:
        """Give the bytes that were resident at most beyond those before; None where nobody says."""
        peak = _bytes("VmHWM")
        return None if self.before is None or peak is None else max(peak - self.before, 0)


def _bytes(name: str) -> int | None:
    found = re.search(rf"^{name}:\s+(\d+) kB$", STATUS.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024 if found else None
