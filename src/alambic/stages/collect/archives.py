"""One file out of a package's archive, without unpacking the rest."""

import hashlib
import tarfile
import zipfile
from pathlib import Path

from alambic.errors import UserError
from alambic.stages.collect.archive_members import is_zip, readable


def read_member(archive: Path, name: str, sha256: str) -> bytes:
    """Read the file `name` of a wheel, zip or tar archive; UserError unless it is there with this digest."""
    with readable(archive):
        content = _read_zip(archive, name) if is_zip(archive) else _read_tar(archive, name)
    if content is None:
        raise UserError(f"{archive} holds no file '{name}': the source pins another version of the package")
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise UserError(f"'{name}' in {archive} has sha256 {actual}, expected {sha256}")
    return content


def _read_zip(archive: Path, name: str) -> bytes | None:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name) if name in opened.namelist() else None


def _read_tar(archive: Path, name: str) -> bytes | None:
    with tarfile.open(archive) as opened:
        stream = opened.extractfile(name) if name in opened.getnames() else None
        return stream.read() if stream is not None else None
