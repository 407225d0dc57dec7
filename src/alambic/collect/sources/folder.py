"""A folder of texts: one document per .txt file, one per row of .jsonl, .csv, .tsv and .parquet files (.gz too).

The experiment pins the content with the digest that `python -m alambic digest FOLDER` prints, so that the folder may
lie elsewhere on another machine. Licence and conditions: what the experiment says; it goes to every document.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from alambic.collect import tables
from alambic.downloads import pinned_folder
from alambic.plugins import Place
from alambic.records import Document


def fetch(
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)] = "folder",
    text_column: str = "text",
    id_column: str = "",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield the folder's documents in the order of the file names; other kinds of files are passed over."""
    folder = pinned_folder(path, digest)
    for file, relative in _visible_files(folder):
        if relative.lower().endswith(".txt"):
            yield Document(relative, _read(file), source=name, url="", licence=licence, language=language)
        elif tables.kind_of(relative):
            yield from tables.read_documents(
                file,
                relative,
                text_column=text_column,
                id_column=id_column,
                source=name,
                licence=licence,
                language=language,
            )


def _visible_files(folder: Path) -> list[tuple[Path, str]]:
    found = [(path, path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    visible = [(path, name.as_posix()) for path, name in found if not any(part.startswith(".") for part in name.parts)]
    return sorted(visible, key=lambda pair: pair[1])


def _read(file: Path) -> str:
    return "".join(row["text"] + "\n" for row in tables.read_rows(file, file.name)).strip("\n")
