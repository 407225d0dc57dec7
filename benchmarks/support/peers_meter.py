"""What one contender's process costs: processor and wall time of its steps, and the most memory that it ever held.

On a GPU the memory is the GPU's, as PyTorch gave it out.
"""

import json
import time
from pathlib import Path

import torch


class Meter:
    """Clocks, read after each step; the first steps warm up and do not count."""

    def __init__(self, *, warm: int) -> None:
        self.warm = warm
        self.marks: list[tuple[float, float]] = []

    def mark(self) -> None:
        """Note that a step is done."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.marks.append((time.process_time(), time.perf_counter()))

    def report(self, tokens: list[int], losses: list[float], **more: float) -> None:
        """Print what was measured, and `more`; `tokens` are those of each step."""
        (processor, wall), (processor_end, wall_end) = self.marks[self.warm - 1], self.marks[-1]
        found = {
            "tokens": sum(tokens[self.warm : len(self.marks)]),
            "processor": processor_end - processor,
            "wall": wall_end - wall,
            "megabytes": peak_memory(),
            "losses": losses,
            **more,
        }
        if torch.cuda.is_available():
            found["megabytes"] = torch.cuda.max_memory_allocated() / 2**20
        print("\n" + json.dumps(found), flush=True)


def peak_memory() -> float:
    """Give this process's own peak, in MB: `getrusage` hands on that of the process which started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
