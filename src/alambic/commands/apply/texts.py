"""The texts that a model is asked about, in the order of their files."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alambic.data.documents import Document
from alambic.data.rejected import Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect.tables import SUFFIXES, kind_of, read_documents, read_text

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Reading:
    """How files are read."""

    text_column: str = "text"
    id_column: str = ""
    encoding: str = "utf-8"
    quotes: str = "double"
    delimiter: str = "auto"
    second_column: str = ""  # of tables, the other text of a pair
    by_line: bool = False  # a text a line of .txt files, not one a file


def files_of(names: Sequence[str]) -> list[str]:
    """List the files that are named, those of a folder in the order of their names; UserError where one is missing."""
    check_there(names)
    files: list[str] = []
    for name in names:
        path = Path(name)
        if name == STANDARD_INPUT or path.is_file():
            files.append(name)
        else:
            inside = sorted(str(file) for file in path.rglob("*") if file.is_file() and kind_of(file.name))
            if not inside:
                raise UserError(f"{name} holds no file of the kinds {', '.join(SUFFIXES)}")
            files += inside
    unknown = [name for name in files if name != STANDARD_INPUT and not kind_of(name)]
    if unknown:
        raise UserError(f"{unknown[0]}: expected one of {', '.join(SUFFIXES)}, with or without .gz, .bz2 or .xz")
    return files


def check_there(names: Sequence[str]) -> None:
    """UserError where a file that is named is not there."""
    for name in names:
        if name != STANDARD_INPUT and not Path(name).is_file() and not Path(name).is_dir():
            raise UserError(f"{name} does not exist: give files, a folder, or - for standard input")


def read_texts(files: Sequence[str], how: Reading, rejections: Rejections) -> Iterator[Document]:
    """Yield the texts of all files; a row without one is rejected, and costs itself alone."""
    for name in files:
        if name == STANDARD_INPUT:
            yield from _lines(rejections)
        elif kind_of(name) == ".txt" and not how.by_line:
            text = read_text(Path(name), name, encoding=how.encoding).strip("\n")
            if reason := unusable(text):
                rejections.add(name, reason, text)
            else:
                yield _document(name, text)
        else:
            documents = read_documents(
                Path(name),
                name,
                text_column="text" if kind_of(name) == ".txt" else how.text_column,
                id_column="" if kind_of(name) == ".txt" else how.id_column,
                encoding=how.encoding,
                quotes=how.quotes,
                delimiter=how.delimiter,
                rejections=rejections,
                source="",
                licence="",
                language="fr",
            )
            yield from _pairs(documents, how.second_column, rejections) if how.second_column else documents


def _pairs(documents: Iterator[Document], column: str, rejections: Rejections) -> Iterator[Document]:
    """Give the same documents; reject one without another text."""
    for document in documents:
        if reason := unusable(str(document.metadata.get(column, ""))):
            rejections.add(rejections.place, f"column '{column}': {reason}", document.text)
        else:
            yield document


def _lines(rejections: Rejections) -> Iterator[Document]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        place = f"standard input:{number}"
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            rejections.add(place, f"no UTF-8 ({error})", repr(line))
            continue
        if reason := unusable(text):
            rejections.add(place, reason, text)
            continue
        yield _document(str(number), text)


def _document(name: str, text: str) -> Document:
    """Make a document of what no corpus takes in."""
    return Document(id=name, text=text, source="", url="", licence="")
