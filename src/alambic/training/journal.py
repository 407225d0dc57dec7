"""The journal of a training: one JSON line per step, appended by rank 0."""

import json
import time
from pathlib import Path

FILE = "metrics.jsonl"


class Journal:
    """Append steps to `metrics.jsonl`, which starts again after step `done` when a training resumes."""

    def __init__(self, folder: Path, *, done: int, write: bool) -> None:
        self.path = folder / FILE
        self.write = write
        if write:
            kept = [line for line in self._lines() if json.loads(line)["step"] <= done]
            self.path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def _lines(self) -> list[str]:
        """Read the whole lines; the last one may have been cut by a kill."""
        if not self.path.exists():
            return []
        return [line for line in self.path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]

    def append(self, step: int, scalars: dict[str, float]) -> None:
        """Write one step's scalars."""
        if self.write:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"step": step, "time": round(time.time(), 3), **scalars}) + "\n")
