"""When this job ends, as its supervisor learnt from Slurm."""

import os
import time
from dataclasses import dataclass, field

VARIABLE = "ALAMBIC_SECONDS_LEFT"
RESERVE = 30.0  # seconds kept for what cannot be measured beforehand


@dataclass(frozen=True)
class Deadline:
    """The end of the job's wall time, on a clock that nobody can set; none where there is no limit."""

    seconds: float | None = None
    begun: float = field(default_factory=time.monotonic)

    @classmethod
    def from_environment(cls) -> "Deadline":
        """Read ALAMBIC_SECONDS_LEFT."""
        text = os.environ.get(VARIABLE, "")
        return cls(float(text) if text else None)

    def near(self, needed: float) -> bool:
        """Tell whether less than `needed` seconds and a reserve are left."""
        if self.seconds is None:
            return False
        return time.monotonic() - self.begun > self.seconds - needed - RESERVE
