"""What an attempt at an artifact leaves for the next one; what a stage makes anew then does not count."""

from dataclasses import dataclass
from pathlib import Path

from alambic.runtime.recovery_state import newest_step

# What a stage takes up of its own: shards of `teach`, and parts of them; of `clean`, parts, and what a phase settled of
# all of them.
SHARDS = ("signal-*.parquet", ".captured/*/*.arrow", ".parts/*/*.json", ".parts/*/settled")
FETCHED = ".fetched"  # where a model's files come to, before they are all there


@dataclass(frozen=True)
class SavedProgress:
    """What is there to go on from."""

    step: int = 0  # of the newest checkpoint
    shards: int = 0
    downloaded: int = 0  # bytes, also other jobs'

    def exceeds(self, before: "SavedProgress") -> bool:
        """Tell whether anything was added to what was there before."""
        return self.step > before.step or self.shards > before.shards or self.downloaded > before.downloaded


def read_saved_progress(folder: Path, *, network: bool) -> SavedProgress:
    """Count what there is in `folder`, and among the downloads where the stage makes some."""
    shards = sum(1 for pattern in SHARDS for _ in folder.glob(pattern))
    return SavedProgress(newest_step(folder), shards, _downloaded(folder) if network else 0)


def _downloaded(folder: Path) -> int:
    from alambic.data.downloads import DOWNLOADS  # it imports what the other stages' supervisors need not

    return sum(_size(path) for parent in (DOWNLOADS, folder / FETCHED) for path in parent.rglob("*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # renamed by another job meanwhile
        return 0
