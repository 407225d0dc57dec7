"""What a training has learnt from its failures: smaller micro-batches, batches to leave out."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from alambic.runtime.whole_file import write_atomically

FOLDER = ".checkpoints"
FILE = "setbacks.json"
RESUMED_FILE = "resumed"


@dataclass(frozen=True)
class RecoveryState:
    """How this run departs from an undisturbed one."""

    halvings: int = 0  # of the micro-batch, after as many times out of memory; the global batch stays
    skipped: tuple[int, ...] = ()  # steps whose batch made the loss infinite


def read_state(folder: Path) -> RecoveryState:
    """Read the state of recovery of the training that writes in `folder`."""
    path = folder / FOLDER / FILE
    if not path.exists():
        return RecoveryState()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return RecoveryState(int(content["halvings"]), tuple(int(step) for step in content["skipped"]))
    except (ValueError, TypeError, KeyError, RecursionError):  # damaged: what it had learnt is learnt again
        return RecoveryState()


def newest_step(folder: Path) -> int:
    """The step of the newest checkpoint of the training that writes in `folder`; 0 if there is none."""
    names = (path.name.removeprefix("step") for path in (folder / FOLDER).glob("step*"))
    return max((int(name) for name in names if name.isdigit()), default=0)


def record_resumed_step(folder: Path, step: int) -> None:
    """Record from which step this attempt goes on: not the newest checkpoint's, if that one is damaged."""
    (folder / FOLDER / RESUMED_FILE).write_text(str(step), encoding="utf-8")


def take_resumed_step(folder: Path) -> int | None:
    """Read and forget from which step the last attempt went on; None if it did not get so far."""
    path = folder / FOLDER / RESUMED_FILE
    try:
        return int(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    finally:
        path.unlink(missing_ok=True)


def halve_micro_batch(folder: Path) -> None:
    """Halve the micro-batch from now on."""
    state = read_state(folder)
    _write(folder, replace(state, halvings=state.halvings + 1))


def skip_batch(folder: Path, step: int) -> None:
    """Leave the batch of `step` out from now on."""
    state = read_state(folder)
    _write(folder, replace(state, skipped=(*state.skipped, step)))


def _write(folder: Path, state: RecoveryState) -> None:
    path = folder / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(asdict(state)))
