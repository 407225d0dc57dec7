"""The journal of a training, one JSON line per step: rank 0 appends, anybody reads while it grows or afterwards."""

import json
import logging
import time
from pathlib import Path
from typing import Any

NOT_IN_FINGERPRINT = "how the course of a training is written down"

FILE = "metrics.jsonl"

log = logging.getLogger("alambic.data.metrics_journal")


def read_journal(folder: Path) -> dict[int, dict[str, float]]:
    """Read the scalars of each step, `time` (Unix seconds) among them, in the order of the steps.

    Where a training resumed and took a step again, the later line counts. The last line is left alone while it is
    being written; a line cut by a kill is passed over.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    whole, _, _ = path.read_text(encoding="utf-8", errors="replace").rpartition("\n")
    points: dict[int, dict[str, float]] = {}
    for number, line in enumerate(whole.splitlines(), start=1):
        point = _parse(line)
        if point is None:
            log.warning("%s:%d is damaged and left out", path, number)
        else:
            points[int(point["step"])] = {name: float(value) for name, value in point.items() if _is_number(value)}
    return {step: {name: value for name, value in points[step].items() if name != "step"} for step in sorted(points)}


def _parse(line: str) -> dict[str, Any] | None:
    try:
        point = json.loads(line)
    except json.JSONDecodeError:
        return None
    return point if isinstance(point, dict) and isinstance(point.get("step"), int) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Journal:
    """Append steps to `metrics.jsonl`, which starts again after step `done` when a training resumes."""

    def __init__(self, folder: Path, *, done: int, write: bool) -> None:
        self.path = folder / FILE
        self.write = write
        if write:
            points = {step: scalars for step, scalars in read_journal(folder).items() if step <= done}
            self.path.write_text("".join(_line(step, points[step]) for step in points), encoding="utf-8")

    def append(self, step: int, scalars: dict[str, float]) -> None:
        """Write one step's scalars."""
        if self.write:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(_line(step, {"time": round(time.time(), 3), **scalars}))


def _line(step: int, scalars: dict[str, float]) -> str:
    return json.dumps({"step": step, **scalars}) + "\n"
