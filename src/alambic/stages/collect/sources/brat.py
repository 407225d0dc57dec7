"""A folder of texts annotated with brat: `NAME.txt` and, next to it, `NAME.ann` in the standoff format.

The text stays as it is, to the character, because annotations point into it by offsets; tasks read them from the
metadata (https://brat.nlplab.org/standoff.html). Written for QUAERO (GNU FDL 1.3, to cite: Névéol et al. 2014,
The QUAERO French Medical Corpus), whose subsets are folders. Licence and conditions: what the experiment says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.downloads import pinned_folder
from alambic.errors import UserError
from alambic.plugins import Place


def fetch(
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)] = "brat",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per .txt file that has its .ann, at any depth, in the order of their names."""
    folder = pinned_folder(path, digest)
    texts = [(file.relative_to(folder), file) for file in folder.rglob("*.txt") if file.with_suffix(".ann").exists()]
    for relative, file in sorted(texts, key=lambda pair: pair[0].as_posix()):
        yield Document(
            id=relative.with_suffix("").as_posix(),
            text=_read(file),
            source=name,
            url="",
            licence=licence,
            language=language,
            metadata={"annotations": _read(file.with_suffix(".ann")), "subset": relative.parent.name},
        )


def _read(file: Path) -> str:
    """Read without translating line ends, which would move every offset behind them."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 ({error}): convert it, its annotations with it") from error
