"""One file out of a package's archive, without unpacking the rest."""

import hashlib
import tarfile
import zipfile
from pathlib import Path

from alambic.errors import UserError


def read_member(archive: Path, name: str, sha256: str) -> bytes:
    """Read the file `name` of a wheel, zip or tar archive; UserError unless it is there with this digest."""
    try:
        content = _read_zip(archive, name) if zipfile.is_zipfile(archive) else _read_tar(archive, name)
    except KeyError as error:
        raise UserError(f"{archive} holds no file '{name}': the source pins another version of the package") from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise UserError(f"'{name}' in {archive} has sha256 {actual}, expected {sha256}")
    return content


def _read_zip(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name)


def _read_tar(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as opened:
        stream = opened.extractfile(name)
        if stream is None:
            raise KeyError(name)
        return stream.read()
