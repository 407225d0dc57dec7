"""A folder of texts: one document per .txt file, one per row of .jsonl, .csv, .tsv and .parquet files.

They may be packed (.gz, .bz2, .xz) or lie in archives (.zip, .tar, .tar.gz...), whose files count like others. The
experiment pins the content with the digest that `python -m alambic digest FOLDER` prints, so that the folder may
lie elsewhere on another machine. Licence and conditions: what the experiment says; it goes to every document.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.plugins import Place
from alambic.stages.collect.folders import files_of
from alambic.stages.collect.whole_texts import read_files


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)] = "folder",
    text_column: str = "text",
    id_column: str = "",
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8",
    quotes: Literal["double", "none"] = "double",
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe", "none"] = "auto",
    files: Annotated[list[str], Field(min_length=1)] = ["*"],  # noqa: B006
    language: str = "fr",
) -> Iterator[Document]:
    """Yield the folder's documents in the order of the file names, those that one of the patterns `files` matches."""
    yield from read_files(
        files_of(pinned_folder(path, digest), files, rejections),
        text_column=text_column,
        id_column=id_column,
        source=name,
        licence=licence,
        language=language,
        encoding=encoding,
        quotes=quotes,
        delimiter=delimiter,
        rejections=rejections,
    )
