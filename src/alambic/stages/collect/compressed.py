"""Files packed by gzip, bzip2 or xz, read as what they hold."""

import bz2
import errno
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, cast

from alambic.errors import UserError

OPENERS: dict[str, Callable[[Any], IO[bytes]]] = {
    ".gz": lambda file: cast(IO[bytes], gzip.open(file)),  # noqa: SIM115
    ".bz2": lambda file: cast(IO[bytes], BufferedReader(_Streams(file, bz2.BZ2Decompressor))),
    ".xz": lambda file: cast(IO[bytes], BufferedReader(_Streams(file, lzma.LZMADecompressor, padding=4))),
}
FIRST_BYTES = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\0": ".xz"}
AT_ONCE = 1 << 16  # bytes
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
    return opener(file)


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


class _Streams(RawIOBase):
    """What compressed streams one behind the other hold; zeros may follow an xz stream, in multiples of `padding`.

    Python's own readers take bytes that begin no stream for the end: the rest of the file would be lost in silence.
    """

    def __init__(self, file: Path | IO[bytes], decompressor: Callable[[], Any], *, padding: int = 0) -> None:
        self.file = file.open("rb") if isinstance(file, Path) else file
        self.owned = isinstance(file, Path)
        self.decompressor, self.padding = decompressor, padding
        self.current = decompressor()
        self.packed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = b""
        while not content:
            if self.current.eof:
                self.packed = self.current.unused_data
                self._skip_padding()
                if not self._more():
                    return 0
                self.current = self.decompressor()
            if self.current.needs_input and not self._more():
                raise EOFError("a compressed stream without its end")
            packed, self.packed = self.packed, b""
            content = self.current.decompress(packed, len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if self.owned:
            self.file.close()
        super().close()

    def _more(self) -> bool:
        self.packed = self.packed or self.file.read(AT_ONCE)
        return bool(self.packed)

    def _skip_padding(self) -> None:
        zeros = 0
        while self.padding and self._more() and self.packed[0] == 0:
            left = self.packed.lstrip(b"\0")
            zeros += len(self.packed) - len(left)
            self.packed = left
        if self.padding and zeros % self.padding:
            raise EOFError(f"{zeros} zeros behind a compressed stream, expected a multiple of {self.padding}")
