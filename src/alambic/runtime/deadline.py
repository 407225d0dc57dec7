"""When this job ends, as its supervisor learnt from Slurm."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "ALAMBIC_SECONDS_LEFT"
RESERVE = 30.0  # seconds reserved for what cannot be measured beforehand
OF_A_PART = 2  # times the longest part of the work seen, reserved before the next one
OF_A_STEP = 3  # times the longest checkpoint and step of a training seen


@dataclass(frozen=True)
class Deadline:
    """The end of the job's wall time, on a clock that nobody can set; none where there is no limit."""

    seconds: float | None = None
    started_at: float = field(default_factory=time.monotonic)

    @classmethod
    def from_environment(cls) -> "Deadline":
        """Read ALAMBIC_SECONDS_LEFT, the seconds that were left when this process was started.

        Its imports and its preparation come out of them: minutes, on a busy file system.
        """
        text = os.environ.get(VARIABLE, "")
        return cls(float(text) if text else None, started_at=time.monotonic() - seconds_since_start())

    def is_near(self, needed: float) -> bool:
        """Tell whether less than `needed` seconds and a reserve are left."""
        if self.seconds is None:
            return False
        return time.monotonic() - self.started_at > self.seconds - needed - RESERVE

    def leaves_time_for_part(self, longest: float) -> bool:
        """Tell whether another part of the work may be begun, of which the longest took so many seconds."""
        return not self.is_near(OF_A_PART * longest)

    def leaves_time_for_step(self, step: float, checkpoint: float) -> bool:
        """Tell whether a training may go on, of which the longest step and checkpoint took so many seconds."""
        return not self.is_near(OF_A_STEP * (checkpoint + step))


def seconds_since_start() -> float:
    """Tell how long this process has been running, by the kernel's clock."""
    ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
