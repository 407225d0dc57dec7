"""What an artifact of `calibrate` promises, for the commands that keep to it."""

import json
from pathlib import Path
from typing import Any

from alambic.data.artifact import wrong_files
from alambic.data.manifest import FILE as MANIFEST
from alambic.data.manifest import Damaged, Manifest
from alambic.errors import UserError, nearest
from alambic.settings.calibrate import GROUP, Guarantee

FILE = "calibration.json"
STAGE = "calibrate"
NEEDED = ("risks", "main_risk", "confidence")
OF_RISK = ("alpha", "threshold")


def read_calibration(artifact: Path, *, command: str) -> dict[str, Any]:
    """Read calibration.json; UserError where there is none, or where it is not as the stage wrote it."""
    path = artifact / FILE
    if not path.is_file():
        raise UserError(f"{command}: {artifact} holds no {FILE}: give the folder of an artifact of `calibrate`")
    record = Manifest.read(artifact / MANIFEST)
    if record.stage != STAGE:
        raise UserError(f"{command}: {artifact} is an artifact of `{record.stage}`: give one of `{STAGE}`")
    for name, digest in wrong_files(artifact, record, [FILE]).items():
        raise Damaged(path, f"{artifact / name} was altered since it was made: its sha256 is {digest}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        missing = set(NEEDED) - set(content) or {key for row in content["risks"] for key in OF_RISK if key not in row}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Damaged(path, f"{path} is damaged ({type(error).__name__}: {error})") from error
    if missing:
        raise Damaged(path, f"{path} is damaged: it has no {', '.join(sorted(missing))}")
    return dict(content)


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


def own_thresholds(row: dict[str, Any]) -> dict[str, float | None]:
    """Give the threshold of each group at a risk; None where the group is excluded."""
    return {group["group"]: group["own_threshold"] for group in row.get("groups", ())}


def check_guarantee(content: dict[str, Any], guarantee: Guarantee, artifact: Path, *, command: str) -> None:
    """UserError where groups are asked for that were not calibrated."""
    if guarantee == GROUP and not content.get("grouped_by"):
        raise UserError(f"{command}: --guarantee group: {artifact} was calibrated without `groups`: leave it out")
