"""Read the journal that a training appends to, while it grows as well as afterwards."""

import json
import logging
from pathlib import Path
from typing import Any

FILE = "metrics.jsonl"

log = logging.getLogger("alambic.journal")


def read_journal(folder: Path) -> dict[int, dict[str, float]]:
    """Read the scalars of each step, `time` (Unix seconds) among them, in the order of the steps.

    Where a training resumed and took a step again, the later line counts. The last line is left alone while it is
    being written; a line cut by a kill is passed over.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    whole, _, _ = path.read_text(encoding="utf-8", errors="replace").rpartition("\n")
    found: dict[int, dict[str, float]] = {}
    for number, line in enumerate(whole.splitlines(), start=1):
        point = _parse(line)
        if point is None:
            log.warning("%s:%d is damaged and left out", path, number)
        else:
            found[int(point["step"])] = {name: float(value) for name, value in point.items() if _is_number(value)}
    return {step: {name: value for name, value in found[step].items() if name != "step"} for step in sorted(found)}


def _parse(line: str) -> dict[str, Any] | None:
    try:
        point = json.loads(line)
    except json.JSONDecodeError:
        return None
    return point if isinstance(point, dict) and isinstance(point.get("step"), int) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
