"""The files that a folder, or an archive in it, offers for reading, in an order that depends on their names alone."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from alambic.data.local_data import files_below
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.archive_members import open_members
from alambic.stages.collect.compressed import unpacked_name
from alambic.stages.collect.tables import SUFFIXES, kind_of

Readable = tuple[Path | IO[bytes], str]  # and how it is called
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz")
# What says something about the data, and holds none: README, LICENSE-MIT, NOTICE.md, CONTENTS.md. notice.pdf,
# source-12.txt and case.md may be texts of it.
ABOUT = re.compile(
    r"(?i:(readme|licen[sc]e|copying)([-_.](fr|en))?(\.(md|rst|txt|html?|pdf|docx?))?)"
    r"|(?i:(notice|authors|changelog|citation|source)(\.(md|rst))?)"
    r"|(README|LICEN[SC]E|COPYING)[-_.][\w.-]*|[A-Z][A-Z_-]*\.(md|rst)|.*\.(cff|sha256|md5)"
)


def files_of(folder: Path, files: Sequence[str] = ("*",), rejections: Rejections = STRICT) -> Iterator[Readable]:
    """Yield the files that one of the patterns `files` matches, archives opened; reject kinds that cannot be read."""
    for name, path in files_below(folder).items():
        if "__MACOSX" in path.parts:
            rejections.leave_out("hidden files of macOS")
        elif is_archive(name):
            yield from files_in(path, name, files, rejections)
        elif is_readable(name, files, rejections):
            yield path, name


def is_archive(name: str) -> bool:
    """Tell whether a file holds others, by its name."""
    return unpacked_name(name).endswith(ARCHIVES)


def files_in(
    archive: Path, name: str, files: Sequence[str] = ("*",), rejections: Rejections = STRICT
) -> Iterator[Readable]:
    """Yield the files of an archive that can be read, in its order; each is open until the next is asked for."""
    for member, stream in open_members(archive, "*"):
        parts = PurePosixPath(member).parts
        if ".." in parts:
            rejections.add(f"{name}/{member}", "a name that leads out of the archive: pack the file under another")
        elif any(part.startswith(".") or part == "__MACOSX" for part in parts):
            rejections.leave_out("hidden files in archives")
        elif is_readable(f"{name}/{member}", files, rejections):
            yield stream, f"{name}/{member}"


def is_readable(name: str, files: Sequence[str], rejections: Rejections) -> bool:
    """Tell whether a file is to be read; one of another kind is rejected, one that is not asked for left out."""
    if not any(fnmatchcase(name, pattern) for pattern in files):
        rejections.leave_out("files that `files` does not name")
    elif kind_of(name):
        return True
    elif is_about(name):
        rejections.leave_out("files about the data, such as README.md")
    elif is_archive(name):
        rejections.add(name, "an archive within an archive, which is not opened: unpack the outer one")
    else:
        rejections.add(
            name,
            f"a kind of file that is not read ({', '.join(SUFFIXES)} are, packed or not): convert it, or say which "
            'files to read, such as `files: ["*.txt"]`',
        )
    return False


def is_about(name: str) -> bool:
    """Tell whether a file is one such as README.md or LICENSE."""
    return ABOUT.fullmatch(PurePosixPath(name).name) is not None
