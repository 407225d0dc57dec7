"""What is known of a job that runs: from the journal of its training, and the last lines of its log."""

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

TAIL = 4096  # bytes of a log or journal that hold its last lines
STEP = re.compile(r"step (\d+)/(\d+) loss")


@dataclass
class RunningJob:
    """A job of the workflow, since Snakemake announced it."""

    stage: str
    item: str
    folder: Path | None
    log: Path | None
    started: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        """Its stage and item: `finetune student/entities/seed1`."""
        return f"{self.stage} {self.item}".strip()

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self.started

    def training(self) -> tuple[int, int, float, float] | None:
        """Give the step, the steps in all, the loss and the seconds left of a training; None before its first words."""
        if self.folder is None or self.log is None:
            return None
        steps = STEP.findall(_tail(self.log))
        points = [point for point in map(_point, _tail(self.folder / "metrics.jsonl").splitlines()) if point]
        if not steps or not points:
            return None
        total, (step, loss, now) = int(steps[-1][1]), points[-1]
        first = points[0]
        pace = (now - first[2]) / (step - first[0]) if step > first[0] else 0.0
        return step, total, loss, pace * max(total - step, 0)

    def left(self, expected: float | None) -> float | None:
        """Give the seconds that it may still take."""
        training = self.training()
        if training is not None and training[3]:
            return training[3]
        return None if expected is None else max(expected - self.seconds, 0.0)

    def shown(self, expected: float | None) -> str:
        """Say it in a few words: `distill student 120/186 loss 0.41 0:25`."""
        training, left = self.training(), self.left(expected)
        step = f" {training[0]}/{training[1]} loss {training[2]:.2f}" if training else ""
        return f"{self.name}{step}{f' {clock(left)}' if left is not None else ''}"


def clock(seconds: float) -> str:
    """Show a time as minutes or hours: 75 -> 1:15, 3675 -> 1:01:15."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - TAIL, 0))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _point(line: str) -> tuple[int, float, float] | None:
    try:
        point = json.loads(line)
        return int(point["step"]), float(point["loss"]), float(point["time"])
    except (ValueError, KeyError, TypeError):
        return None
