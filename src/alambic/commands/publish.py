"""Put the report where people and scripts look for it: `results/<experiment>/`."""

import json
import logging
import shutil
from pathlib import Path

from alambic.data.archive_pointer import REPORT_FILES
from alambic.data.artifact import open_artifact
from alambic.planning.artifact import short
from alambic.planning.plan import Plan
from alambic.runtime.whole_file import replaced, write_atomically
from alambic.settings import Experiment

log = logging.getLogger("alambic.commands.publish")


def publish(experiment: Experiment) -> None:
    """Copy the report's files, say which folder holds which artifact, and stamp the whole; UserError without a report.

    The stamp bears the report's fingerprint and is written last: where it exists, the files next to it are that report.
    """
    plan = Plan(experiment)
    open_artifact(plan.report.manifest)
    folder = plan.results
    folder.mkdir(parents=True, exist_ok=True)
    for stamp in sorted([*folder.glob(".published-*"), *folder.glob(".tracked-*")]):
        stamp.unlink()  # they spoke of the report that is about to be replaced
    for name in REPORT_FILES:
        _copy_whole(plan.report.folder / name, folder / name)
    folders = {name: str(artifact.folder) for name, artifact in plan.items()}
    write_atomically(folder / "artifacts.json", json.dumps(folders, indent=2) + "\n")
    write_atomically(folder / f".published-{short(plan.report.fingerprint)}", "")
    log.info("\n%s", (folder / "summary.txt").read_text(encoding="utf-8").rstrip())
    log.info("report: %s", (folder / "report.html").resolve())
    log.info("curves and parameters: `make ui`, then open http://127.0.0.1:5000")


def _copy_whole(source: Path, target: Path) -> None:
    with source.open("rb") as original, replaced(target) as copy:
        shutil.copyfileobj(original, copy)
