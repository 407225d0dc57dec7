"""A file of rows at a URL: .jsonl, .csv, .tsv, .parquet, or .txt with one document a line; packed or not.

A .zip or .tar archive gives the rows of all its files of these kinds, and one document per .txt file. The sha256 pins
the file: one that changes on its server is an error, not another corpus. Licence and conditions: what the experiment
says; it goes to every document.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.downloads import from_url
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.folders import files_in, is_archive
from alambic.stages.collect.tables import read_documents
from alambic.stages.collect.whole_texts import read_files


def fetch(
    rejections: Rejections = STRICT,
    *,
    url: Annotated[str, Field(pattern=r"^https?://")],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    licence: Annotated[str, Field(min_length=1)],
    name: str = "",
    file: Annotated[str, Field(pattern=r"^[^/]*$")] = "",
    text_column: str = "text",
    id_column: str = "",
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8",
    quotes: Literal["double", "none"] = "double",
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe", "none"] = "auto",
    files: Annotated[list[str], Field(min_length=1)] = ["*"],  # noqa: B006
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per row; `name` is the source's, by default the file's.

    `file` says what the file is called where its URL does not, such as https://www.data.gouv.fr/api/1/datasets/r/...
    """
    called = file or PurePosixPath(unquote(urlsplit(url).path)).name
    # Files of two sites may bear one name: the digest keeps them apart.
    path = from_url(url, sha256, filename=f"{sha256[:12]}-{called}")
    how = {
        "text_column": text_column,
        "id_column": id_column,
        "source": name or called,
        "licence": licence,
        "language": language,
        "url": url,
        "encoding": encoding,
        "quotes": quotes,
        "delimiter": delimiter,
    }
    if is_archive(called):
        yield from read_files(files_in(path, called, files, rejections), **how, rejections=rejections)
    else:
        yield from read_documents(path, called, **how, rejections=rejections)
