"""Which artifacts a command speaks of: those of an experiment, or the one in a folder."""

import logging
from pathlib import Path

from alambic.data import manifest
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings.experiment_file import load_experiment

log = logging.getLogger("alambic.commands.storage")


def to_archive(name: str) -> list[Path]:
    """Give the folder `name`, or the finished artifacts of the experiment `name` that no unfinished one reads."""
    if Path(name).is_dir():
        return [Path(name)]
    plan = Plan(load_experiment(name))
    # The report reads small files only, which stay.
    waiting = [artifact for artifact in plan.values() if artifact.stage != "report" and not artifact.manifest.exists()]
    read = {upstream.name: artifact for artifact in waiting for of in artifact.inputs.values() for upstream in of}
    for upstream, artifact in read.items():
        if plan[upstream].manifest.exists():
            log.info("%s stays: %s is not finished and reads it", upstream, artifact.name)
    return [artifact.folder for artifact in plan.values() if artifact.manifest.exists() and artifact.name not in read]


def to_restore(name: str) -> list[Path]:
    """Give the folder `name`, or the finished artifacts of the experiment `name`."""
    if Path(name).is_dir():
        if not (Path(name) / manifest.FILE).is_file():
            raise UserError(f"{name} holds no finished artifact: expected a folder with {manifest.FILE}")
        return [Path(name)]
    return [artifact.folder for artifact in Plan(load_experiment(name)).values() if artifact.manifest.exists()]
