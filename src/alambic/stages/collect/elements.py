"""The elements of a large XML file, one after another: memory holds one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from alambic.errors import UserError
from alambic.stages.collect.compressed import whole

LARGEST = 1 << 28  # bytes


def read_elements(stream: IO[bytes], name: str, *tags: str) -> Iterator[Element]:
    """Yield each element that bears one of `tags`, without regard to its namespace, whole, when it ends.

    One inside another is a part of that one. What was read is forgotten at the next. UserError where the file is cut
    short, damaged or no XML.
    """
    opened: list[Element] = []
    inside = 0  # how many of the open elements are wanted
    watched = _Watched(stream, name)
    with readable_xml(name), whole(name):
        for event, element in ElementTree.iterparse(watched, events=("start", "end")):
            watched.waiting = 0
            matches = local(element) in tags
            if event == "start":
                opened.append(element)
                inside += matches
                continue
            opened.pop()
            inside -= matches
            if matches and not inside:
                yield element
            if not inside and opened:
                opened[-1].clear()  # the parent, or it would gather the whole file


def read_root(stream: IO[bytes], name: str) -> Element:
    """Read the outermost element's own tag and attributes, and nothing of what is in it."""
    with readable_xml(name), whole(name):
        for _, element in ElementTree.iterparse(_Watched(stream, name), events=("start",)):
            return Element(element.tag, element.attrib)
    raise UserError(f"{name} is an empty file: remove it to bring it again")


def local(element: Element) -> str:
    """Give an element's tag without its namespace."""
    return element.tag.rpartition("}")[2]


def shown(element: Element) -> str:
    """Give the text of an element that is rejected."""
    return " ".join(" ".join(element.itertext()).split())


class _Watched:
    """A stream that ends where one element takes more than any has: a packed one may unpack to all of the memory."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name, self.waiting = stream, name, 0

    def read(self, size: int = -1, /) -> bytes:
        """Read so many bytes."""
        self.waiting += size
        if self.waiting > LARGEST:
            raise UserError(
                f"{self.name}: {LARGEST:,} bytes without an element's begin or end: is it the file that was meant?"
            )
        return self.stream.read(size)


@contextmanager
def readable_xml(name: str) -> Iterator[None]:
    """Say which file cannot be read, and what to do, where reading it fails."""
    try:
        yield
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the last two for an encoding unknown to expat
        raise UserError(f"{name} is no whole XML file ({error}): remove it to bring it again") from error
