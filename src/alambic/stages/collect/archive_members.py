"""The files inside a zip or tar archive, one after another, without unpacking the archive on the disk."""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from io import BufferedReader, RawIOBase
from lzma import LZMAError
from pathlib import Path
from typing import IO, Any

from alambic.errors import UserError

# What the readers raise for an archive that is cut short, damaged, encrypted or none at all.
UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, LZMAError, RuntimeError)


def open_members(archive: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield (name, open file) of the members that `pattern` matches (`*` matches `/` too), in the archive's order.

    Each file is open until the next one is asked for; read it within `readable`. UserError when there is none.
    """
    any_member = False
    with readable(archive):
        for name, stream in _open_zip(archive, pattern) if zipfile.is_zipfile(archive) else _open_tar(archive, pattern):
            any_member = True
            yield name, stream
    if not any_member:
        raise UserError(f"{archive} holds no file '{pattern}': is it the archive that the source expects?")


def read_members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the members that `pattern` matches; they are small."""
    for name, stream in open_members(archive, pattern):
        with readable(archive):
            content = stream.read()
        yield name, content


@contextmanager
def readable(archive: Path) -> Iterator[None]:
    """Say which archive cannot be read, and what to do, where reading it fails."""
    try:
        yield
    except UNREADABLE as error:
        raise UserError(
            f"{archive} is no readable zip or tar archive ({error}): remove it to bring it again"
        ) from error


def _open_zip(archive: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            if not member.is_dir() and fnmatchcase(member.filename, pattern):
                with opened.open(member) as stream:
                    yield member.filename, stream


def _open_tar(archive: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive, "r|*") as opened:  # as a stream: a compressed tar knows no other order
        for member in opened:
            if fnmatchcase(member.name, pattern) and (stream := opened.extractfile(member)) is not None:
                yield member.name, BufferedReader(_Forward(stream))


class _Forward(RawIOBase):
    """A member of a tar read as a stream, which cannot say that it cannot go back; text is read from no other."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self.stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)
