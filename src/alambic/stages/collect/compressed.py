"""Files packed by gzip, bzip2 or xz, read as what they hold."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from alambic.errors import UserError

OPENERS: dict[str, Callable[[Any], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


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


@contextmanager
def whole(name: str) -> Iterator[None]:
    """Say which packed file is cut short or damaged, and what to do, where reading it fails."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise UserError(f"{name} is cut short or damaged ({error}): bring it again") from error
    except OSError as error:
        if error.errno is not None:  # of the disk; bzip2's own have no number
            raise
        raise UserError(f"{name} is cut short or damaged ({error}): bring it again") from error
