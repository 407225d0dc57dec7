"""A finished artifact is a folder whose manifest was written last, by rename."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from alambic.data import manifest
from alambic.data.archive_pointer import Pointer
from alambic.data.manifest import Manifest
from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how a finished result is recognised"

# Written while a stage works, or by the workflow around it; they are no part of the result.
NOT_RESULT = {manifest.FILE, "log.txt", "benchmark.tsv", "attempts.jsonl"}

# The manifest's second name, a hard link. Snakemake removes a declared output before it runs a job, even where another
# job has just finished it; what it cannot see stays.
TWIN = ".manifest"


def open_artifact(path: Path, *, small_files_only: bool = False) -> Manifest:
    """Read the manifest at `path` and check that every file it lists is whole.

    Raises UserError for a missing or truncated file: a result never rests on half an input. With `small_files_only`,
    the large ones may be in an archive.
    """
    record = Manifest.read(path)
    for name, size in record.files.items():
        file = path.parent / name
        actual = file.stat().st_size if file.exists() else None
        if actual is None and (archived := _pointer_to(path.parent, name)) is not None:
            if small_files_only:
                continue
            raise UserError(f"{file} is not here, {archived.remedy(path.parent)}")
        if actual != size:
            state = "is missing" if actual is None else f"has {actual} bytes"
            raise UserError(
                f"{file} {state}, its manifest says {size}: restore it from a copy, "
                f"or remove {path.parent} and run again to make it anew"
            )
    return record


def complete(folder: Path, record: Manifest) -> None:
    """Write the manifest of `folder`; from then on the artifact exists."""
    _open_to_readers(folder, record.files)
    write_atomically(folder / TWIN, record.dump())
    if not is_complete(folder / manifest.FILE):
        raise UserError(f"{folder} changed while it was being finished: run again")


def _open_to_readers(folder: Path, names: Iterable[str]) -> None:
    """Let those read what was made whom the user's umask lets: safetensors writes for its owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    for name in names:
        file = folder / name
        with contextlib.suppress(FileNotFoundError):  # it was taken away: what follows says so
            file.chmod(file.stat().st_mode | (0o444 & ~mask))


def is_complete(path: Path) -> bool:
    """Tell whether the manifest at `path` is there; one that was removed, its files being whole, comes back."""
    twin = path.with_name(TWIN)
    if path.exists() or not twin.exists():
        return path.exists()
    if any(not _is_whole(path.parent, name, size) for name, size in Manifest.read(twin).files.items()):
        twin.unlink()
        return False
    with contextlib.suppress(FileExistsError):
        os.link(twin, path)
    return True


def _is_whole(folder: Path, name: str, size: int) -> bool:
    file = folder / name
    return file.stat().st_size == size if file.exists() else _pointer_to(folder, name) is not None


def _pointer_to(folder: Path, name: str) -> Pointer | None:
    pointer = Pointer.of(folder)
    return pointer if pointer is not None and name in pointer.files else None


def write_atomically(path: Path, text: str) -> None:
    """Write a file that is either absent or whole, even if the machine stops."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.rename(path)


def list_files(folder: Path) -> dict[str, int]:
    """List the result's files under `folder` with their sizes in bytes; hidden ones are state, not result."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and str(name) not in NOT_RESULT and not any(part.startswith(".") for part in name.parts):
            files[str(name)] = path.stat().st_size
    return files
