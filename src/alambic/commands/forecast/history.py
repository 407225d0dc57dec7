"""What earlier artifacts took, by stage and by where they were made: read from their manifests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.data.energy import energy_of
from alambic.data.manifest import FILE

MOST = 200  # manifests of a stage that are read, the newest
HIDDEN = 3  # inodes of an artifact beside its files: its folder, the manifest (of two names), the journal of attempts


@dataclass(frozen=True)
class Made:
    """One finished artifact."""

    stage: str
    item: str
    fingerprint: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, list[str]]  # fingerprints by role
    facts: Mapping[str, Any]
    site: str
    device: str
    seconds: float  # of all its attempts
    kwh: float | None
    bytes: int
    inodes: int

    @property
    def name(self) -> str:
        """Its name in an experiment."""
        return f"{self.stage}/{self.item}"


class History:
    """What is under a folder of artifacts."""

    def __init__(self, artifacts: Path) -> None:
        self.made = [made for stage in _folders(artifacts) for made in _of_stage(stage)]
        self.by_fingerprint = {made.fingerprint: made for made in self.made}
        self._by_name = {made.name: made for made in self.made}
        self._by_stage: dict[str, list[Made]] = {}
        for made in self.made:
            self._by_stage.setdefault(made.stage, []).append(made)

    def latest(self, name: str) -> Made | None:
        """Give the newest artifact of an item, such as distill/student."""
        return self._by_name.get(name)

    def of_stage(self, stage: str) -> list[Made]:
        """Give a stage's artifacts, the oldest first."""
        return self._by_stage.get(stage, [])


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _of_stage(stage: Path) -> Iterator[Made]:
    newest = sorted(stage.rglob(f"[0-9a-f]*/{FILE}"), key=lambda path: path.stat().st_mtime)
    for path in newest[-MOST:]:
        try:
            yield _read(stage.name, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # damaged, or being written: it tells nothing


def _read(stage: str, content: Mapping[str, Any]) -> Made:
    run, files = content["run"], content["files"]
    energy = energy_of(run)
    return Made(
        stage,
        str(content["item"]),
        str(content["fingerprint"]),
        content["settings"],
        content["inputs"],
        content["facts"],
        str(run.get("site", "")),
        str(run.get("device", "")),
        energy.seconds if energy else float(run["seconds"]),
        energy.kwh if energy else None,
        sum(files.values()),
        len(files) + HIDDEN,
    )
