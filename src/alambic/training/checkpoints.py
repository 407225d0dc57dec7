"""Checkpoints on disk: whole or not there, known by their checksum, written while the training goes on."""

import hashlib
import json
import logging
import os
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from alambic.data.checksums import checksum

NOT_IN_FINGERPRINT = "how a training's state is saved; resumed, it computes the same"

log = logging.getLogger("alambic.training")

KEPT = 2
TENSORS, RECORD = "state.safetensors", "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint: its tensors by name, and the numbers that go with them."""

    step: int
    tensors: dict[str, Tensor]
    numbers: dict[str, Any]


class Checkpoints:
    """The checkpoints of one training, in `folder`/step<N>; two are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds = 0.0  # what the last one took, from the copy of the state to the renaming
        self._writing: threading.Thread | None = None

    def newest(self) -> Checkpoint | None:
        """Read the newest checkpoint that is whole; a damaged one is reported, and the one before it is taken."""
        for path in reversed(self._on_disk()):
            try:
                return _read(path)
            except (OSError, ValueError, KeyError) as error:
                log.warning("the checkpoint %s is damaged (%s): the one before it is taken", path.name, error)
        return None

    def read(self, step: int) -> Checkpoint:
        """Read the checkpoint of `step`. Raises OSError, ValueError or KeyError if it is not whole."""
        return _read(self.folder / f"step{step}")

    def write(self, step: int, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
        """Begin to write a checkpoint, after the one that is being written; `wait` waits for its end."""
        self.wait()
        started = time.monotonic()
        self._writing = threading.Thread(target=self._write, args=(step, tensors, numbers, started), daemon=True)
        self._writing.start()

    def wait(self) -> None:
        """Wait until nothing is being written."""
        if self._writing is not None:
            self._writing.join()
            self._writing = None

    def has(self, step: int) -> bool:
        """Tell whether the checkpoint of `step` was written."""
        return (self.folder / f"step{step}").exists()

    def _write(self, step: int, tensors: dict[str, Tensor], numbers: dict[str, Any], started: float) -> None:
        unfinished = self.folder / f".step{step}"
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            _write(unfinished, {"step": step, **numbers}, tensors)
            shutil.rmtree(self.folder / f"step{step}", ignore_errors=True)
            unfinished.rename(self.folder / f"step{step}")
        except Exception as error:  # a training does not die of a checkpoint that failed: the next may succeed
            shutil.rmtree(unfinished, ignore_errors=True)
            log.error("the checkpoint of step %d could not be written (%s); those before it stay", step, error)
            return
        self.seconds = time.monotonic() - started
        for old in self._on_disk()[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def _on_disk(self) -> list[Path]:
        paths = [path for path in self.folder.glob("step*") if path.name.removeprefix("step").isdigit()]
        return sorted(paths, key=lambda path: int(path.name.removeprefix("step")))


def _write(folder: Path, numbers: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    save_file(tensors, folder / TENSORS)
    digest = checksum(folder / TENSORS)
    record = json.dumps({**numbers, "sha256": digest})
    (folder / RECORD).write_text(json.dumps({"record": record, "sha256": _text_digest(record)}), encoding="utf-8")
    for path in (folder / TENSORS, folder / RECORD, folder):
        _flush(path)


def _read(path: Path) -> Checkpoint:
    whole = json.loads((path / RECORD).read_text(encoding="utf-8"))
    if _text_digest(whole["record"]) != whole["sha256"]:
        raise ValueError(f"{RECORD} is not what was written")
    numbers = json.loads(whole["record"])
    if checksum(path / TENSORS) != numbers["sha256"]:
        raise ValueError(f"{TENSORS} is not what was written")
    return Checkpoint(int(numbers["step"]), load_file(path / TENSORS), numbers)


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
