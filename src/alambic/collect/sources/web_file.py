"""A file of rows at a URL: .jsonl, .csv, .tsv, .parquet, or .txt with one document a line; .gz too.

The sha256 pins it: a file that changes on its server is an error, not another corpus. Licence and conditions: what
the experiment says; it goes to every document.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field

from alambic.collect import tables
from alambic.downloads import from_url
from alambic.records import Document


def fetch(
    *,
    url: Annotated[str, Field(pattern=r"^https?://")],
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    licence: Annotated[str, Field(min_length=1)],
    name: str = "",
    text_column: str = "text",
    id_column: str = "",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per row; `name` is the source's, by default the file's."""
    file = PurePosixPath(unquote(urlsplit(url).path)).name
    # Files of two sites may bear one name: the digest keeps them apart.
    kept = from_url(url, sha256, filename=f"{sha256[:12]}-{file}")
    yield from tables.read_documents(
        kept,
        file,
        text_column=text_column,
        id_column=id_column,
        source=name or file,
        licence=licence,
        language=language,
        url=url,
    )
