"""Tars of artifacts: written and read whole, or not at all, and known by their checksum."""

import hashlib
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from alambic.data.checksums import checksum
from alambic.errors import UserError

BLOCK = 1 << 20


def write_tar(folder: Path, names: Sequence[str], path: Path) -> str:
    """Pack `names` of `folder`, uncompressed; return the checksum, which was read again from the disk.

    The same files give the same tar, byte for byte: owners are left out, and times cut to seconds.
    """
    with path.open("wb") as stream:
        hashing: Any = _Hashing(stream)  # tarfile asks for nothing but `write` here
        with tarfile.open(fileobj=hashing, mode="w|", bufsize=BLOCK, dereference=True) as tar:
            for name in names:
                tar.add(folder / name, arcname=name, recursive=False, filter=_anonymous)
        flush(stream)
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # else memory would be checked, not the disk
    if checksum(path) != hashing.digest.hexdigest():
        raise UserError(f"{path} does not hold what was written: the disk is failing, or somebody else wrote there")
    return str(hashing.digest.hexdigest())


def unpack(tar: Path, folder: Path) -> None:
    """Unpack `tar` into `folder`, and nowhere else."""
    try:
        with tarfile.open(tar, mode="r:") as stream:
            stream.extractall(folder, filter="data")
    except (tarfile.FilterError, tarfile.ReadError) as error:
        raise UserError(f"{tar} is no archive of an artifact ({error}): nothing was changed") from error
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as stream:
                flush(stream)


def flush(stream: BinaryIO) -> None:
    """Make sure that what was written survives a stop of the machine."""
    stream.flush()
    os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """Make sure that the names in `folder` survive a stop of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Hashing:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.stream.write(data)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = int(member.mtime)
    return member
