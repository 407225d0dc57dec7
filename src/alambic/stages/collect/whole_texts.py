"""Documents out of files of several kinds: a .txt file is one text, the others are tables."""

from collections.abc import Iterable, Iterator
from typing import Any

from alambic.data.documents import Document
from alambic.data.rejected import Rejections, unusable
from alambic.errors import UserError
from alambic.stages.collect import tables
from alambic.stages.collect.folders import Readable


def read_files(files: Iterable[Readable], *, rejections: Rejections, **how: Any) -> Iterator[Document]:
    """Yield one document per .txt file and per row of the others; `how` is what `tables.read_documents` takes."""
    for file, name in files:
        if tables.kind_of(name) != ".txt":
            yield from tables.read_documents(file, name, **how, rejections=rejections)
            continue
        try:
            text = tables.read_text(file, name, encoding=how["encoding"]).strip("\n")
        except UserError as error:
            rejections.add(name, str(error).removeprefix(f"{name} "))
            continue
        if reason := unusable(text):
            rejections.add(name, reason, text)
            continue
        rejections.at(name)
        yield Document(
            name, text, source=how["source"], url=how.get("url", ""), licence=how["licence"], language=how["language"]
        )
