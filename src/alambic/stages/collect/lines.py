"""Lines of a text file with their numbers, none longer than a text may be."""

from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Any, NamedTuple

from alambic.errors import UserError

LONGEST = 1 << 25  # characters of a line, a cell or a text: 200 MB of one character are packed in 200 kB
BYTES_FOR_SIGNS = ("cp1252", "latin-1")  # encodings in which almost every file can be read, right or wrong
C1 = {chr(code): None for code in range(0x80, 0xA0)}


class Line(NamedTuple):
    """A line, its end included; `rank` counts those before it that are not blank."""

    text: str
    number: int  # from 1
    rank: int
    place: str


class Row(NamedTuple):
    """A row of a table: its number in the file from 0, its place, its cells by column."""

    number: int
    place: str
    cells: dict[str, Any]


def opened_text(stream: IO[bytes], encoding: str, *, newline: str | None) -> TextIOWrapper:
    """Decode a stream; UTF-8 comes with or without its mark."""
    return TextIOWrapper(stream, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline=newline)


def read_lines(stream: TextIOWrapper, name: str) -> Iterator[Line]:
    """Yield the lines of a file; UserError at one that is longer than a text may be."""
    number = rank = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise UserError(f"{name}:{number}: a line of more than {LONGEST:,} characters: is it a text? split it")
        yield Line(line, number, rank, f"{name}:{number}")
        rank += not line.isspace()


def wrong_encoding(text: str, encoding: str) -> str:
    """Say which encoding a text is in where it is another one; empty where nothing speaks against `encoding`.

    "Å“dÃ¨me" in cp1252 -> "reads as UTF-8, not as CP1252: say `encoding: utf-8`"
    """
    if encoding not in BYTES_FOR_SIGNS or text.isascii():
        return ""
    try:
        text.encode(encoding).decode("utf-8")
        return f"reads as UTF-8, not as {encoding.upper()}: say `encoding: utf-8`"
    except UnicodeError:
        pass
    if encoding == "latin-1" and any(sign in C1 for sign in text):
        return "has bytes that are no letters in LATIN-1: say `encoding: cp1252`, which has œ, ’ and € there"
    return ""
