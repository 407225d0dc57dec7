"""What earlier artifacts took, by stage and by where they were made: read from their manifests."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alambic.data.energy import JOULES, KEY, energy_of
from alambic.data.manifest import FILE
from alambic.jobs.forecast_file import EXPERIMENT
from alambic.settings import STAGES

MOST = 200  # manifests of a stage that are read, the newest
BUSY = 0.95  # of its cores that a job without neighbours keeps busy: the demo's jobs, 1,664 s in 1,743 s
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
    experiment: str = ""  # the one whose run made it, where that is recorded
    processor_seconds: float | None = None  # over all cores; None where cores were reserved, or nobody counted
    cores: int = 1  # that it had

    @property
    def name(self) -> str:
        """Its name in an experiment."""
        return f"{self.stage}/{self.item}"

    @property
    def undisturbed(self) -> float:
        """The seconds that it would take on cores that no other program uses: by its processor time.

        Neighbours change the time on the wall and hardly the processor time. What waits for the network, or for a GPU,
        waits as long as it did.
        """
        waits = self.stage in STAGES and STAGES[self.stage].needs_network
        if self.processor_seconds is None or waits:
            return self.seconds
        return min(self.seconds, self.processor_seconds / (BUSY * self.cores))


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
    seconds = energy.seconds if energy else float(run["seconds"])
    processor = _processor_seconds(run)
    # Earlier versions did not record the threads: what was busy on more than one core had several.
    at_least = math.ceil(processor / seconds - 0.1) if processor and seconds else 1
    return Made(
        stage,
        str(content["item"]),
        str(content["fingerprint"]),
        content["settings"],
        content["inputs"],
        content["facts"],
        str(run.get("site", "")),
        str(run.get("device", "")),
        seconds,
        energy.kwh if energy else None,
        sum(files.values()),
        len(files) + HIDDEN,
        str(run.get(EXPERIMENT, "")),
        processor,
        max(1, at_least, int(run.get("threads") or 0) * int(run.get("ranks") or 1)),
    )


def _processor_seconds(run: Mapping[str, Any]) -> float | None:
    """Read the processor time behind the energy of a job that shared its machine; None for one that used a GPU."""
    record, energy = run.get(KEY), energy_of(run)
    if energy is None or not isinstance(record, Mapping) or "processor time" not in energy.method or energy.gpu_kwh:
        return None
    watts = float(record.get("core_watts", 0)) * float(record.get("pue", 0))
    return energy.cpu_kwh * JOULES / watts if watts else None
