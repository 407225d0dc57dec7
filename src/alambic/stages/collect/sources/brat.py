"""A folder of texts annotated with brat: `NAME.txt` and, next to it, `NAME.ann` in the standoff format.

The text stays as it is, to the character, because annotations point into it by offsets; tasks read them from the
metadata (https://brat.nlplab.org/standoff.html). Written for QUAERO (GNU FDL 1.3, to cite: Névéol et al. 2014,
The QUAERO French Medical Corpus), whose subsets are folders. Licence and conditions: what the experiment says.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import files_below, pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.plugins import Place
from alambic.stages.collect.annotated import decoded, pairs


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)] = "brat",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per .txt file that has its .ann, at any depth, in the order of their names.

    A text without annotations, and one that its annotations do not fit, is rejected.
    """
    files = files_below(pinned_folder(path, digest))
    for text, marks in pairs(files.keys(), rejections):
        if (content := decoded(files[text].read_bytes(), files[marks].read_bytes(), text, rejections)) is not None:
            relative = PurePosixPath(text)
            yield Document(
                id=str(relative.with_suffix("")),
                text=content[0],
                source=name,
                url="",
                licence=licence,
                language=language,
                metadata={"annotations": content[1], "subset": relative.parent.name},
            )
