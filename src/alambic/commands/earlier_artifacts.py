"""Which of the finished artifacts an experiment made or used before: items of several experiments may share a name."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from alambic.commands.storage.running import FILE as FOLDERS
from alambic.data.artifact import belongs
from alambic.data.manifest import Manifest
from alambic.jobs.forecast_file import EXPERIMENT
from alambic.jobs.in_progress import HEADS
from alambic.planning.artifact import ARTIFACTS

UNKNOWN = ""  # the name of the experiment of which an artifact is, where nothing says it


class EarlierArtifacts:
    """The finished artifacts of one experiment, by the records of its runs and by what their manifests say."""

    def __init__(self, experiment: str) -> None:
        self.experiment = experiment

    def latest(self, stage: str, item: str) -> Manifest | None:
        """Read the most recently finished manifest of an item; one that is damaged or another's does not count.

        The experiment's own come first, and then those of which nothing says whose they are.
        """
        finished = [(path, self._experiments(path)) for path in self._finished(stage, item)]
        for name in (self.experiment, UNKNOWN):
            found = [path for path, experiments in finished if name in experiments]
            newest = max(found, key=lambda path: path.stat().st_mtime, default=None)
            if newest is not None:
                return Manifest.read(newest)
        return None

    def other_experiments(self, stage: str, item: str) -> list[str]:
        """Name the experiments that have finished artifacts of an item of that name."""
        return sorted({name for path in self._finished(stage, item) for name in self._experiments(path)} - {UNKNOWN})

    def _finished(self, stage: str, item: str) -> list[Path]:
        return [path for path in (ARTIFACTS / stage / item).glob("[0-9a-f]*/manifest.json") if belongs(path)]

    def _experiments(self, manifest: Path) -> set[str]:
        """Name the experiments that made an artifact, or used it in their last run."""
        recorded = {name for name, folders in self._recorded.items() if str(manifest.parent) in folders}
        made_by = Manifest.read(manifest).run.get(EXPERIMENT, UNKNOWN)
        return recorded | {str(made_by)} - {UNKNOWN} or {UNKNOWN}

    @cached_property
    def _recorded(self) -> dict[str, set[str]]:
        """The folders of the artifacts of each experiment's last run here."""
        return {path.parent.name: _folders(path) for path in sorted(HEADS.glob(f"*/{FOLDERS}"))}


def _folders(path: Path) -> set[str]:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return {str(folder) for folder in content}
    except (OSError, ValueError, TypeError):
        return set()
