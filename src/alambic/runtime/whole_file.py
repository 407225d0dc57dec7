"""Files that are either absent or whole, made in folders where others may write too.

What is being written bears a name that nobody can guess, and is made, never opened: a link that somebody put in its
place leads nowhere.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content becomes the file `path` at the end of the block, or nothing where that fails."""
    unfinished = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.tmp")
    try:
        with os.fdopen(_make(unfinished), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, text: str) -> None:
    """Write a text file that is either absent or whole, even if the machine stops."""
    content = text.encode()  # before anything is made: what cannot be written leaves the old file
    with replaced(path) as stream:
        stream.write(content)


def append(path: Path, text: str) -> None:
    """Append to a file of this very folder; OSError where a link stands in its place."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o666), "ab") as stream:
        stream.write(text.encode())


def _make(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
