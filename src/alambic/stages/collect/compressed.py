"""Files packed by gzip, bzip2 or xz, read as what they hold."""

import bz2
import errno
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from alambic.errors import UserError

OPENERS: dict[str, Callable[[Any], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
FIRST_BYTES = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\0": ".xz"}
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


def unpacked_name(name: str) -> str:
    """Give the name that a packed file has once unpacked, in lower case: `Notes.csv.gz` -> `notes.csv`."""
    lower = name.lower()
    return next((lower.removesuffix(suffix) for suffix in OPENERS if lower.endswith(suffix)), lower)


def unpacked(file: Path | IO[bytes], name: str) -> IO[bytes]:
    """Open a file, or what an archive gave, for reading; unpacked where `name` says that it is packed."""
    opener = next((opener for suffix, opener in OPENERS.items() if name.lower().endswith(suffix)), None)
    if opener is None:
        return file.open("rb") if isinstance(file, Path) else file
    return cast(IO[bytes], opener(file))


def unpacked_by_content(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacked where its first bytes say that it is packed; its checksum is then checked."""
    with path.open("rb") as stream:
        begin = stream.read(6)
    suffix = next((suffix for first, suffix in FIRST_BYTES.items() if begin.startswith(first)), "")
    return unpacked(path, suffix)


@contextmanager
def whole(name: str) -> Iterator[None]:
    """Say which packed file is cut short or damaged, and what to do, where reading it fails."""
    try:
        yield
    except DAMAGE as error:
        raise UserError(f"{name} is cut short or damaged ({error}): bring it again") from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # of the disk; bzip2's and Arrow's own have no number
            raise
        raise UserError(f"{name} is cut short or damaged ({error}): bring it again") from error
