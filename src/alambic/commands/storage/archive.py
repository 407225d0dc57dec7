"""Move the large files of finished artifacts into an archive: one tar per artifact.

The order makes a kill harmless at any point: the tar under a provisional name, checked; its name; the pointer to it;
and only then the files go.
"""

import contextlib
import logging
from hashlib import sha256
from pathlib import Path, PurePosixPath

from alambic.commands.storage import tars
from alambic.commands.storage.exclusive import enough_space, exclusive_use
from alambic.data import archive_pointer, manifest
from alambic.data.archive_pointer import STAYS, Pointer
from alambic.data.artifact import open_artifact
from alambic.data.checksums import Verification, checksum
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.runtime.whole_file import write_atomically

log = logging.getLogger("alambic.commands.storage")

LEAST = 1_000_000  # bytes of an artifact below which a tar and a pointer would save nothing


def archive(folder: Path, to: Path) -> int:
    """Move the large files of the artifact in `folder` to a tar under `to`; return the bytes that this freed.

    The manifest stays, so that nothing is made again. Raises UserError if the artifact is not finished, not whole, or
    in use.
    """
    if not (folder / manifest.FILE).exists():
        raise UserError(f"{folder} holds no finished artifact: expected a folder with {manifest.FILE}")
    with enough_space(f"archiving {folder} to {to}"), exclusive_use(folder):
        pointer = Pointer.of(folder) or _pack(folder, to)
        return _remove(folder, pointer) if pointer is not None else 0


def _pack(folder: Path, to: Path) -> Pointer | None:
    record = open_artifact(folder / manifest.FILE, verification=Verification.FULL)
    names = [name for name in record.files if name not in STAYS]
    if sum(record.files[name] for name in names) < LEAST:
        log.info("%s stays: nothing large is in it", folder)
        return None
    tar, digest = _write(folder, names, _place(record, to))
    pointer = Pointer(str(tar), digest, tar.stat().st_size, names)
    write_atomically(folder / archive_pointer.FILE, pointer.dump())
    tars.flush_folder(folder)
    return pointer


def _place(record: Manifest, to: Path) -> Path:
    """Where the artifact's tars are: as under `artifacts/`."""
    inside = PurePosixPath(record.stage, record.item)
    if inside.is_absolute() or ".." in inside.parts:
        raise UserError(f"the manifest of {record.fingerprint} names the item '{record.item}', which is no place")
    return to.resolve() / inside


def _write(folder: Path, names: list[str], destination: Path) -> tuple[Path, str]:
    """Write the tar. Its name tells its content: two users' archives of one artifact never replace each other."""
    destination.mkdir(parents=True, exist_ok=True)
    # The same name at every attempt, so that an attempt that was killed leaves nothing behind.
    unfinished = destination / f".{folder.name}.{_label(folder)}.tmp"
    try:
        digest = tars.write_tar(folder, names, unfinished)
        tar = destination / f"{folder.name}-{digest[:12]}.tar"
        unfinished.rename(tar)
        tars.flush_folder(destination)
    finally:
        unfinished.unlink(missing_ok=True)
    return tar, digest


def _label(folder: Path) -> str:
    return sha256(str(folder.resolve()).encode()).hexdigest()[:8]


def _remove(folder: Path, pointer: Pointer) -> int:
    """Remove the files that the tar holds, after one more look at it; return their bytes."""
    remaining = [folder / name for name in pointer.files if (folder / name).exists()]
    if remaining and not is_whole(Path(pointer.tar), pointer):
        raise UserError(
            f"{pointer.tar} is missing or damaged, so {len(remaining)} files stay in {folder}: `restore` tells more"
        )
    freed = sum(path.stat().st_size for path in remaining)
    for path in remaining:
        path.unlink()
    for parent in sorted({path.parent for path in remaining} - {folder}, reverse=True):
        with contextlib.suppress(OSError):  # something else is in it
            parent.rmdir()
    log.info("%s: %d files are in %s", folder, len(pointer.files), pointer.tar)
    return freed


def is_whole(tar: Path, pointer: Pointer) -> bool:
    """Tell whether `tar` is the very one that was written."""
    return tar.is_file() and tar.stat().st_size == pointer.bytes and checksum(tar) == pointer.sha256
