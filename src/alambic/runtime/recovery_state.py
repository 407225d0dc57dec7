"""What a training has learnt from its failures, beside its checkpoints: smaller micro-batches, batches to leave out."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FOLDER = ".checkpoints"
FILE = "setbacks.json"
RESUMED = "resumed"


@dataclass(frozen=True)
class Setbacks:
    """How this run departs from an undisturbed one."""

    halvings: int = 0  # of the micro-batch, after as many times out of memory; the global batch stays
    skipped: tuple[int, ...] = ()  # steps whose batch made the loss infinite


def read(folder: Path) -> Setbacks:
    """Read the setbacks of the training that writes in `folder`."""
    path = folder / FOLDER / FILE
    if not path.exists():
        return Setbacks()
    found = json.loads(path.read_text(encoding="utf-8"))
    return Setbacks(found["halvings"], tuple(found["skipped"]))


def newest_step(folder: Path) -> int:
    """The step of the newest checkpoint of the training that writes in `folder`; 0 if there is none."""
    names = (path.name.removeprefix("step") for path in (folder / FOLDER).glob("step*"))
    return max((int(name) for name in names if name.isdigit()), default=0)


def note_resumed(folder: Path, step: int) -> None:
    """Note from which step this attempt goes on: not the newest checkpoint's, if that one is damaged."""
    (folder / FOLDER / RESUMED).write_text(str(step), encoding="utf-8")


def resumed(folder: Path) -> int | None:
    """Read and forget from which step the last attempt went on; None if it did not get so far."""
    path = folder / FOLDER / RESUMED
    try:
        return int(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    finally:
        path.unlink(missing_ok=True)


def halve(folder: Path) -> None:
    """Halve the micro-batch from now on."""
    before = read(folder)
    _write(folder, replace(before, halvings=before.halvings + 1))


def skip(folder: Path, step: int) -> None:
    """Leave the batch of `step` out from now on."""
    before = read(folder)
    _write(folder, replace(before, skipped=(*before.skipped, step)))


def _write(folder: Path, setbacks: Setbacks) -> None:
    path = folder / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(asdict(setbacks)), encoding="utf-8")
    unfinished.rename(path)
