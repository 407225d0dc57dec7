"""The journal of a training: one JSON line per step, appended by rank 0."""

import json
import time
from pathlib import Path

from alambic.journal import FILE, read_journal


class Journal:
    """Append steps to `metrics.jsonl`, which starts again after step `done` when a training resumes."""

    def __init__(self, folder: Path, *, done: int, write: bool) -> None:
        self.path = folder / FILE
        self.write = write
        if write:
            kept = {step: scalars for step, scalars in read_journal(folder).items() if step <= done}
            self.path.write_text("".join(_line(step, kept[step]) for step in kept), encoding="utf-8")

    def append(self, step: int, scalars: dict[str, float]) -> None:
        """Write one step's scalars."""
        if self.write:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(_line(step, {"time": round(time.time(), 3), **scalars}))


def _line(step: int, scalars: dict[str, float]) -> str:
    return json.dumps({"step": step, **scalars}) + "\n"
