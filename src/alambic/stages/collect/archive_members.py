"""The files inside a zip or tar archive, one after another, without unpacking the archive on the disk."""

import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, cast

from alambic.errors import UserError
from alambic.stages.collect.compressed import DAMAGE, unpacked_by_content, whole
from alambic.stages.collect.tape import Tape, WholeHeader

# What the readers raise for an archive that is cut short, damaged, encrypted or none at all.
UNREADABLE = (
    *DAMAGE, zipfile.BadZipFile, tarfile.TarError, RuntimeError, ValueError, KeyError, IndexError, OverflowError,
    struct.error,
)  # fmt: skip
LARGEST = 1 << 28  # bytes of a file that is read whole
ZIP = (b"PK\3\4", b"PK\5\6")  # how one begins, the second where it is empty
ZIP_END = 22  # bytes of what ends it, without its comment
TAR_MARK = 257  # where a tar archive says that it is one


def open_members(archive: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield (name, open file) of the members that `pattern` matches (`*` matches `/` too), in the archive's order.

    Each file is open until the next one is asked for, and raises a UserError where it is damaged. UserError when there
    is none, when two have one name, or when one is a link. A sign of a name that is no UTF-8 is written as `\\xe9`.
    """
    seen: set[str] = set()
    with readable(archive):
        for raw, stream in _open_zip(archive, pattern) if is_zip(archive) else _open_tar(archive, pattern):
            name = raw.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            if name in seen:
                raise UserError(f"{archive} holds two files '{name}': which one counts? pack it with one")
            seen.add(name)
            yield name, BufferedReader(_Member(stream, f"{archive.name}/{name}"))
    if not seen:
        raise UserError(f"{archive} holds no file '{pattern}': is it the archive that the source expects?")


def read_members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the members that `pattern` matches; they are small, or a UserError."""
    for name, stream in open_members(archive, pattern):
        yield name, read_whole(stream, f"{archive.name}/{name}")


def read_whole(stream: IO[bytes], name: str) -> bytes:
    """Read a file of at most LARGEST bytes; UserError where it has more, whatever it takes while it is packed."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UserError(f"{name} unpacks to more than {LARGEST:,} bytes: is it what it should be? split it")
    return content


@contextmanager
def readable(archive: Path) -> Iterator[None]:
    """Say which archive cannot be read, and what to do, where reading it fails."""
    try:
        with whole(str(archive)):
            yield
    except UNREADABLE as error:
        raise UserError(
            f"{archive} is no readable zip or tar archive ({error}): remove it to bring it again"
        ) from error


def is_zip(path: Path) -> bool:
    """Tell a zip archive from others by its first bytes: any file may end as one, such as a tar with a zip in it."""
    with path.open("rb") as stream:
        begin = stream.read(tarfile.BLOCKSIZE)
    if begin.startswith(ZIP) and begin[TAR_MARK : TAR_MARK + 5] == b"ustar":
        raise UserError(f"{path} begins as a zip and as a tar archive: pack its files anew")
    return begin.startswith(ZIP)


def check_whole_zip(archive: zipfile.ZipFile, path: Path) -> None:
    """UserError where a zip has bytes that are none of its own, before or behind: two archives in one file, say."""
    begin = min((member.header_offset for member in archive.infolist()), default=0)
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - ZIP_END - len(archive.comment)))
        if begin == 0 and stream.read(4) == ZIP[1]:
            return
    raise UserError(f"{path} has more bytes than its archive: two in one file, or damaged? pack the files in one")


def _open_zip(archive: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        check_whole_zip(opened, archive)
        for member in opened.infolist():
            if not member.is_dir() and fnmatchcase(member.filename, pattern):
                if stat.S_ISLNK(member.external_attr >> 16):
                    raise _link(archive, member.filename)
                with opened.open(member) as stream:
                    yield member.filename, stream


def _open_tar(archive: Path, pattern: str) -> Iterator[tuple[str, IO[bytes]]]:
    with unpacked_by_content(archive) as stream:
        tape = Tape(stream)
        with tarfile.open(fileobj=cast(IO[bytes], tape), mode="r:", tarinfo=WholeHeader) as opened:
            for member in opened:
                if not fnmatchcase(member.name, pattern):
                    continue
                if member.issym() or member.islnk():
                    raise _link(archive, member.name)
                if (content := opened.extractfile(member)) is not None:
                    yield member.name, content
        tape.check_end()


def _link(archive: Path, name: str) -> UserError:
    return UserError(f"{archive} holds a link, '{name}', which is not followed: pack the file itself")


class _Member(RawIOBase):
    """A member that says its name where it is damaged, and never goes back: some archives cannot."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.member = stream, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            with whole(self.member):
                chunk = self.stream.read(len(buffer))
        except UNREADABLE as error:
            raise UserError(f"{self.member} is cut short or damaged ({error}): bring it again") from error
        buffer[: len(chunk)] = chunk
        return len(chunk)
