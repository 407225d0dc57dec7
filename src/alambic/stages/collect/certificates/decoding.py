"""Lines of a file as programs leave them: UTF-8, Windows-1252 and Latin-1, also mixed, or UTF-16; any line end.

A line is UTF-8 where it can be, or else Windows-1252, or Latin-1 where that has no such sign. A file in UTF-16 is told
by its mark, as Excel writes it. A line feed, a carriage return and both together end a line.
"""

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from alambic.data.table_text import UTF_16
from alambic.errors import UserError
from alambic.stages.collect.compressed import unpacked, whole
from alambic.stages.collect.lines import LONGEST

UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")


class TextLine(NamedTuple):
    """A line without its end, its number from 1, and whether it stood there in UTF-8."""

    number: int
    text: str
    utf8: bool


def decoded_lines(path: Path, name: str) -> Iterator[TextLine]:
    """Yield the lines that are not blank; UserError for a file that is no text, or in an encoding that is not read."""
    with whole(name):
        encoding = _encoding(path, name)
        with unpacked(path, name) as stream:
            text = TextIOWrapper(stream, encoding, newline=None)
            first = True
            for number, line in enumerate(_read(text, name), 1):
                if not line.strip():
                    continue
                if first and "\0" in line:
                    raise UserError(f"{name}: NUL characters: UTF-16 without its mark, or no text: save it as UTF-8")
                first = False
                yield _decoded(number, line.rstrip("\n"), encoding)


def _encoding(path: Path, name: str) -> str:
    """Name the encoding by the mark of the file; Latin-1 has a sign for each byte, which is decoded line by line."""
    with unpacked(path, name) as stream:
        begin = stream.read(4)
    if begin in UTF_32:
        raise UserError(f"{name}: UTF-32: save it as UTF-8")
    return "utf-16" if begin[:2] in UTF_16 else "latin-1"


def _read(text: TextIOWrapper, name: str) -> Iterator[str]:
    number = 0
    while True:
        try:
            line = text.readline(LONGEST + 1)
        except UnicodeDecodeError as error:
            raise UserError(
                f"{name}:{number + 1}: begins as UTF-16, and is none from here on: save it as UTF-8"
            ) from error
        if not line:
            return
        number += 1
        if len(line) > LONGEST:
            raise UserError(
                f"{name}:{number}: a line of more than {LONGEST:,} characters: is it a file of certificates?"
            )
        yield line


def _decoded(number: int, line: str, encoding: str) -> TextLine:
    if encoding == "utf-16" or line.isascii():
        return TextLine(number, line, encoding != "utf-16")
    raw = line.encode("latin-1")
    for each in ("utf-8", "cp1252"):
        try:
            return TextLine(number, raw.decode(each), each == "utf-8")
        except UnicodeDecodeError:
            continue
    return TextLine(number, line, False)
