"""The artifact folders there are, what is in them, and who uses them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alambic.data import manifest
from alambic.data.artifact import ASIDE, TWIN, bears_fingerprint
from alambic.jobs import folder_lock

TRASH = ".pruned-"  # what is being removed bears this name first: nobody takes it for an artifact


@dataclass(frozen=True)
class DiskUsage:
    """What something takes of a quota."""

    bytes: int = 0
    files: int = 0

    def __add__(self, other: "DiskUsage") -> "DiskUsage":
        """Add the files of two things."""
        return DiskUsage(self.bytes + other.bytes, self.files + other.files)

    def __str__(self) -> str:
        """Show it to people."""
        size, unit = float(self.bytes), "B"
        for larger in ("kB", "MB", "GB", "TB"):
            if size >= 1000:
                size, unit = size / 1000, larger
        return f"{size:.4g} {unit} in {self.files} file{'' if self.files == 1 else 's'}"


def disk_usage(path: Path) -> DiskUsage:
    """Add up the files under `path`, those with two names once."""
    files = [path] if path.is_symlink() or not path.is_dir() else (f for f in path.rglob("*") if not f.is_dir())
    sizes = {(at.st_dev, at.st_ino): at.st_size for at in (file.lstat() for file in files)}
    return DiskUsage(sum(sizes.values()), len(sizes))


def artifact_folders(parent: Path) -> Iterator[Path]:
    """Find the folders named by a fingerprint under `parent`, what was set aside, and what is left of removed ones."""
    for path in sorted(parent.iterdir()):
        if path.is_dir() and (bears_fingerprint(path) or path.name.startswith((TRASH, ASIDE))):
            yield path
        elif path.is_dir() and not path.name.startswith("."):
            yield from artifact_folders(path)


def is_finished(folder: Path) -> bool:
    """Tell whether an artifact was finished, under either name of its manifest."""
    return (folder / manifest.FILE).exists() or (folder / TWIN).exists()


def user_of(folder: Path, queued: dict[str, str]) -> str | None:
    """Say who is at work in `folder`: its live owner, or a job that waits or runs; None if nobody is."""
    try:
        owner = folder_lock.owner_of(folder) if (folder / folder_lock.FILE).exists() else None
    except OSError as error:  # on a full disk the owner's age is unknown
        return f"somebody, perhaps ({error})"
    if owner is not None:
        return str(owner)
    number = queued.get(folder.name)
    return f"Slurm job {number}" if number is not None else None
