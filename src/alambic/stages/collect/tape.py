"""A tar archive read forward only, to its end: what `tarfile` takes for an end, and is none, is an error."""

import tarfile
from io import SEEK_SET
from typing import IO, Self

BLOCK = tarfile.BLOCKSIZE
AT_ONCE = 1 << 20
LARGEST_HEADER = 1 << 24  # of the extended ones, which `tarfile` reads whole


class Tape:
    """A stream that goes forward: a packed archive would be unpacked from its beginning to go back."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.place = stream, 0

    def read(self, size: int) -> bytes:
        """Read so many bytes, fewer at the end."""
        if size > LARGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        content = self.stream.read(size)
        self.place += len(content)
        return content

    def seek(self, place: int, whence: int = SEEK_SET) -> int:
        """Go forward to `place`."""
        if whence != SEEK_SET or place < self.place:
            raise tarfile.StreamError("seeking backwards is not allowed")
        while self.place < place and self.read(min(place - self.place, AT_ONCE)):
            pass
        return self.place

    def tell(self) -> int:
        """Say where it is."""
        return self.place

    def check_end(self) -> None:
        """Read what follows the last member, which also checks the sum of a packed archive; ReadError if it is more."""
        while content := self.read(AT_ONCE):
            if content.count(0) != len(content):
                raise tarfile.ReadError("more bytes after the end of the archive: several archives in one file?")


class WholeHeader(tarfile.TarInfo):
    """A header of which every fault is an error: by default, only the first of an archive is looked at so."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header; ReadError where there is none, and no mark of the end either."""
        if len(buf) < BLOCK:
            raise tarfile.ReadError("unexpected end of data")
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf.count(0) == BLOCK:  # two such blocks end an archive
                raise
            raise tarfile.ReadError(f"damaged header ({error})") from error
