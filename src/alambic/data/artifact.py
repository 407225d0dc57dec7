"""A finished artifact is a folder whose manifest was written last, by rename, and speaks of this very folder."""

import contextlib
import os
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from alambic.data import manifest
from alambic.data.archive_pointer import STAYS, Pointer
from alambic.data.checksums import Verification, checksums, sample
from alambic.data.manifest import Damaged, Manifest
from alambic.errors import UserError
from alambic.runtime.whole_file import write_atomically

NOT_IN_FINGERPRINT = "how a finished result is recognised"

# Written while a stage works, or by the workflow around it (`benchmark.tsv` by that of earlier versions); they are no
# part of the result.
NOT_RESULT = {manifest.FILE, "log.txt", "benchmark.tsv", "attempts.jsonl"}

# The manifest's second name, a hard link. Snakemake removes a declared output before it runs a job, even where another
# job has just finished it; what it cannot see stays.
TWIN = ".manifest"
ASIDE = ".damaged-"  # what was set aside bears this name first: nobody takes it for an artifact


def open_artifact(
    path: Path,
    *,
    small_files_only: bool = False,
    verification: Verification | None = None,
    reader: str = "",
    is_stopped: Callable[[], bool] = lambda: False,
) -> Manifest:
    """Read the manifest at `path` and check that it is this folder's, and that every file it lists is whole.

    Contents are checked by their sha256, as far as `verification` (by default, the site) wants; what a sample holds
    depends on the `reader`. Raises Damaged, a UserError, where anything is not as it was made: a result never rests on
    half an input. With `small_files_only`, the large ones may be in an archive, and are not looked into.
    """
    record = Manifest.read(path)
    check_place(record, path)
    present = {}
    for name, size in record.files.items():
        actual = _size(path.parent / name)
        if actual is None and (archived := _pointer_to(path.parent, name)) is not None:
            if small_files_only:
                continue
            raise UserError(f"{path.parent / name} is not here, {archived.remedy(path.parent)}")
        if actual != size:
            state = "is missing" if actual is None else f"has {actual} bytes"
            raise Damaged(path, f"{path.parent / name} {state}, its manifest says {size}")
        present[name] = size
    if small_files_only:
        present = {name: size for name, size in present.items() if name in STAYS}
    chosen = _to_check(present, verification or Verification.of_site(), seed=f"{reader} {path}")
    wrong = wrong_files(path.parent, record, chosen, is_stopped=is_stopped)
    if wrong:
        name, actual_digest = next(iter(wrong.items()))
        others = f", and {len(wrong) - 1} files more are wrong" if len(wrong) > 1 else ""
        raise Damaged(
            path,
            f"{path.parent / name} is damaged: its sha256 is {actual_digest}, its manifest says "
            f"{record.sha256[name]}{others}",
        )
    return record


def check_place(record: Manifest, path: Path) -> None:
    """Refuse a manifest that was made for another folder than the one it lies in."""
    folder = path.parent.absolute()
    if not bears_fingerprint(folder):
        return  # a copy that somebody keeps under a name of his own
    above = place_of(folder)
    if record.fingerprint[:16] != folder.name or (above is not None and above != record.place()):
        other = "/".join((*record.place(), record.fingerprint[:16]))
        raise Damaged(path, f"{path} is the manifest of another artifact, {other}")


def place_of(folder: Path) -> tuple[str, ...] | None:
    """Name the folders between the last `artifacts` of a path and its end; None where it has none.

    artifacts/finetune/student/icd/seed1/0123456789abcdef -> ("finetune", "student", "icd", "seed1")
    """
    parts = folder.absolute().parts[:-1]
    return parts[len(parts) - parts[::-1].index("artifacts") :] if "artifacts" in parts else None


def wrong_files(
    folder: Path, record: Manifest, names: Iterable[str], *, is_stopped: Callable[[], bool] = lambda: False
) -> dict[str, str]:
    """Compute the sha256 of those of the files that have another than their manifest says."""
    known = [name for name in names if name in record.sha256]
    try:
        actual = checksums(folder, known, is_stopped=is_stopped)
    except FileNotFoundError as error:
        raise UserError(f"{error.filename} was taken away while it was read: run again") from error
    except OSError as error:
        raise UserError(f"{folder} cannot be read ({error}): mend that, or restore it from a copy") from error
    return {name: digest for name, digest in actual.items() if digest != record.sha256[name]}


def _to_check(sizes: dict[str, int], verification: Verification, *, seed: str) -> list[str]:
    if verification is Verification.SIZES:
        return []
    return list(sizes) if verification is Verification.FULL else sample(sizes, seed=seed)


def complete(folder: Path, record: Manifest) -> None:
    """Write the manifest of `folder`, with the sha256 of each file; from then on the artifact exists.

    A manifest of something else that lies there, as a copied folder may bring one, is replaced.
    """
    _open_to_readers(folder, record.files)
    try:
        record = replace(record, sha256=checksums(folder, record.files))
    except FileNotFoundError as error:
        raise UserError(f"{folder} changed while it was being finished: run again") from error
    write_atomically(folder / TWIN, record.dump())
    _link_over(folder / TWIN, folder / manifest.FILE)
    if not is_complete(folder / manifest.FILE) or not _are_there(folder, record):
        for name in (manifest.FILE, TWIN):
            (folder / name).unlink(missing_ok=True)
        raise UserError(f"{folder} changed while it was being finished: run again")


def amend_run(path: Path, more: Mapping[str, Any]) -> None:
    """Add to what a finished artifact's manifest tells of its making; its files and its fingerprint stay."""
    record = Manifest.read(path)
    twin = path.with_name(TWIN)
    write_atomically(twin, replace(record, run={**record.run, **more}).dump())
    _link_over(twin, path)


def _open_to_readers(folder: Path, names: Iterable[str]) -> None:
    """Let those read what was made whom the user's umask lets: safetensors writes for its owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    for name in names:
        file = folder / name
        with contextlib.suppress(FileNotFoundError):  # it was taken away: what follows says so
            file.chmod(file.stat().st_mode | (0o444 & ~mask))


def is_complete(path: Path) -> bool:
    """Tell whether the manifest at `path` is there, and is this folder's.

    One that was removed or replaced comes back if the files are as it says; those that are not are set aside.
    """
    twin = path.with_name(TWIN)
    if belongs(path):
        return True
    try:
        record = Manifest.read(twin)
        check_place(record, twin)
    except UserError:
        return False
    if not _are_there(path.parent, record):
        twin.unlink()
        return False
    here = {name: size for name, size in record.files.items() if (path.parent / name).exists()}
    wrong = wrong_files(path.parent, record, _to_check(here, Verification.of_site(), seed=str(path)))
    for name in wrong:  # a stage that goes on from its own files must not go on from these
        file = path.parent / name
        file.rename(file.with_name(f"{ASIDE}{file.name}-{uuid.uuid4().hex[:8]}"))
    if wrong:
        twin.unlink()
        return False
    _link_over(twin, path)
    return True


def bears_fingerprint(folder: Path) -> bool:
    """Tell whether `folder` is named as an artifact's folder is."""
    return re.fullmatch("[0-9a-f]{16}", folder.name) is not None


def belongs(path: Path) -> bool:
    """Tell whether there is a manifest at `path` that can be read and is of this folder."""
    if not bears_fingerprint(path.parent):
        return path.exists()
    try:
        check_place(Manifest.read(path), path)
    except UserError:
        return False
    return True


def _link_over(twin: Path, path: Path) -> None:
    """Give `twin` the name `path` too, whatever bore that name."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    os.link(twin, unfinished)
    unfinished.replace(path)
    unfinished.unlink(missing_ok=True)  # of two names of one file, a rename leaves both


def _are_there(folder: Path, record: Manifest) -> bool:
    return all(_is_whole(folder, name, size) for name, size in record.files.items())


def _is_whole(folder: Path, name: str, size: int) -> bool:
    actual = _size(folder / name)
    return actual == size if actual is not None else _pointer_to(folder, name) is not None


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _pointer_to(folder: Path, name: str) -> Pointer | None:
    pointer = Pointer.of(folder)
    return pointer if pointer is not None and name in pointer.files else None


def list_files(folder: Path) -> dict[str, int]:
    """List the result's files under `folder` with their sizes in bytes; hidden ones are state, not result."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and str(name) not in NOT_RESULT and not any(part.startswith(".") for part in name.parts):
            files[str(name)] = path.stat().st_size
    return files
