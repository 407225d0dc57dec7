"""The files that a folder, or an archive in it, offers for reading, in an order that depends on their names alone."""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from alambic.stages.collect.archive_members import open_members
from alambic.stages.collect.compressed import unpacked_name
from alambic.stages.collect.tables import kind_of

log = logging.getLogger("alambic.stages.collect")

Readable = tuple[Path | IO[bytes], str]  # and how it is called
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz")


def files_of(folder: Path) -> Iterator[Readable]:
    """Yield the files of kinds that can be read, archives opened; say how many others there are."""
    others: Counter[str] = Counter()
    for path, name in _visible(folder):
        if kind_of(name):
            yield path, name
        elif is_archive(name):
            yield from files_in(path, name)
        else:
            others[path.suffix.lower() or "no suffix"] += 1
    if others:
        log.warning("%s: passed over files of kinds that are not read: %s", folder, dict(sorted(others.items())))


def is_archive(name: str) -> bool:
    """Tell whether a file holds others, by its name."""
    return unpacked_name(name).endswith(ARCHIVES)


def files_in(archive: Path, name: str) -> Iterator[Readable]:
    """Yield the files of an archive that can be read, in its order; each is open until the next is asked for."""
    for member, stream in open_members(archive, "*"):
        if kind_of(member) and not _hidden(member):
            yield stream, f"{name}/{member}"


def _visible(folder: Path) -> list[tuple[Path, str]]:
    files = [(path, path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()]
    return sorted((pair for pair in files if not _hidden(pair[1])), key=lambda pair: pair[1])


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)
