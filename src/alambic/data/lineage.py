"""What an artifact was made from: the manifests of its inputs, of theirs, and so on, where they lie next to it."""

from dataclasses import dataclass, field
from pathlib import Path

from alambic.data.artifact import place_of
from alambic.data.manifest import FILE, Manifest
from alambic.errors import UserError

NOT_IN_FINGERPRINT = "what is told of how a result was made"

FOLDER_LENGTH = 16  # digits of a fingerprint in the name of a folder


@dataclass(frozen=True)
class Lineage:
    """The manifests behind an artifact, its own first, each once; `missing` counts those that are not here."""

    manifests: list[Manifest] = field(default_factory=list)
    missing: int = 0

    def of_stage(self, stage: str) -> list[Manifest]:
        """Keep those of one stage."""
        return [each for each in self.manifests if each.stage == stage]


def lineage(*folders: Path) -> Lineage:
    """Follow the fingerprints of inputs from some artifacts to all that they were made from.

    Manifests are small and stay where large files were archived. What is not under the same `artifacts` is counted.
    """
    known = artifacts_beside(*folders)
    found: dict[str, Manifest] = {}
    missing: set[str] = set()
    waiting = [(folder.name, folder / FILE) for folder in folders]
    while waiting:
        name, path = waiting.pop(0)
        try:
            record = Manifest.read(path)
        except UserError:
            missing.add(name)
            continue
        if record.fingerprint in found:
            continue
        found[record.fingerprint] = record
        for fingerprint in (each for of_role in record.inputs.values() for each in of_role):
            short = fingerprint[:FOLDER_LENGTH]
            if fingerprint not in found and short in known:
                waiting.append((short, known[short]))
            elif fingerprint not in found:
                missing.add(short)
    return Lineage([*found.values()], len(missing))


def artifacts_beside(*folders: Path) -> dict[str, Path]:
    """Map the short fingerprints of all artifacts under the same `artifacts` as these to their manifests."""
    known: dict[str, Path] = {}
    for root in {place: None for folder in folders if (place := _root(folder)) is not None}:
        known |= {path.parent.name: path for path in sorted(root.glob(f"**/{FILE}"))}
    return known


def _root(folder: Path) -> Path | None:
    """Name the folder `artifacts` that holds an artifact."""
    place = place_of(folder)
    return folder.absolute().parents[len(place)] if place is not None else None
