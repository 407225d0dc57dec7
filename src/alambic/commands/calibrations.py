"""What an artifact of `calibrate` promises, for the commands that keep to it."""

import json
from pathlib import Path
from typing import Any

from alambic.errors import UserError, nearest

FILE = "calibration.json"


def read_calibration(artifact: Path, *, command: str) -> dict[str, Any]:
    """Read calibration.json; UserError where there is none."""
    path = artifact / FILE
    if not path.is_file():
        raise UserError(f"{command}: {artifact} holds no {FILE}: give the folder of an artifact of `calibrate`")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def at_risk(content: dict[str, Any], risk: float | None, artifact: Path, *, command: str) -> dict[str, Any]:
    """Give what was found at a risk, by default the middle one; UserError where it was not calibrated."""
    by_risk: dict[float, dict[str, Any]] = {row["alpha"]: row for row in content["risks"]}
    chosen = content["main_risk"] if risk is None else risk
    if chosen not in by_risk:
        names = [f"{alpha:g}" for alpha in by_risk]
        raise UserError(
            f"{command}: --risk {chosen:g}: {artifact} has {', '.join(names)}; {nearest(f'{chosen:g}', names)}"
        )
    return by_risk[chosen]
