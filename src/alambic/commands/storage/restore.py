"""Bring the files of an archived artifact back.

They are unpacked next to their places and renamed into them; the pointer goes last, so that a kill at any point leaves
an artifact that is archived still, and the same command goes on.
"""

import logging
import shutil
from pathlib import Path

from alambic.commands.storage import tars
from alambic.commands.storage.archive import is_whole
from alambic.commands.storage.exclusive import enough_space, exclusive_use
from alambic.data import archive_pointer, manifest
from alambic.data.archive_pointer import Pointer
from alambic.data.artifact import wrong_files
from alambic.data.manifest import Manifest
from alambic.errors import UserError

UNPACKED = ".restoring"

log = logging.getLogger("alambic.commands.storage")


def restore(folder: Path, *, source: Path | None = None) -> int:
    """Bring back what the artifact in `folder` has in an archive; return the bytes.

    `source` is the archive's folder, where that was moved. The tar stays. UserError if it is missing or damaged.
    """
    with enough_space(f"restoring {folder}"), exclusive_use(folder):
        pointer = Pointer.of(folder)
        if pointer is None:
            return 0
        record = Manifest.read(folder / manifest.FILE)
        if not _are_whole(folder, pointer, record):  # whole: an archiving or a restoring was stopped at its last step
            _bring_back(folder, pointer, record, _find(folder, pointer, record, source))
        (folder / archive_pointer.FILE).unlink()
        log.info("%s is whole again; %s stays, remove it when nobody needs it", folder, pointer.tar)
        return sum(record.files[name] for name in pointer.files)


def _bring_back(folder: Path, pointer: Pointer, record: Manifest, tar: Path) -> None:
    unpacked = folder / UNPACKED
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        unpacked.mkdir()
        tars.unpack(tar, unpacked)
        if not _are_whole(unpacked, pointer, record):
            raise UserError(
                f"{tar} does not hold the files as the manifest of {folder} knows them: nothing was changed"
            )
        _put_in_place(unpacked, folder, pointer)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _find(folder: Path, pointer: Pointer, record: Manifest, source: Path | None) -> Path:
    tar = Path(pointer.tar)
    if source is not None:
        tar = source / record.stage / record.item / tar.name
    if not tar.is_file():
        raise UserError(f"{folder}: its archive {tar} is missing: if it was moved, add `--from FOLDER`")
    if not is_whole(tar, pointer):
        raise UserError(
            f"{folder}: its archive {tar} is damaged, its sha256 is not {pointer.sha256}; nothing was changed: "
            f"take a copy that is whole, or remove {folder} and run again to make the artifact anew"
        )
    return tar


def _are_whole(folder: Path, pointer: Pointer, record: Manifest) -> bool:
    files = [folder / name for name in pointer.files]
    return (
        set(pointer.files) <= set(record.files)
        and all(file.is_file() for file in files)
        and all(file.stat().st_size == record.files[name] for file, name in zip(files, pointer.files, strict=True))
        and not wrong_files(folder, record, pointer.files)
    )


def _put_in_place(unpacked: Path, folder: Path, pointer: Pointer) -> None:
    for name in pointer.files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (unpacked / name).rename(target)
        tars.flush_folder(target.parent)
