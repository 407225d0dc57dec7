"""A Hugging Face dataset on your disk, as `save_to_disk` writes it: one dataset, or one of several splits.

The experiment pins the folder with the digest that `python -m alambic digest FOLDER` prints. `tags_column`: the text
column then holds lists of words, and that column their tags, in IOB1, IOB2 or BIOES; words are joined with blanks.
Licence and conditions: what the experiment says; it goes to every document. To cite: what the experiment says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.plugins import Place
from alambic.stages.collect import dataset_rows


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    licence: Annotated[str, Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)] = "saved_dataset",
    split: str = "train",
    text_column: str = "text",
    id_column: str = "",
    tags_column: str = "",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per row; `split` counts where the folder has several."""
    columns = dataset_rows.Columns(text_column, id_column, tags_column)
    rows = opened(pinned_folder(path, digest), split)
    about = {"name": name, "prefix": split, "url": "", "licence": licence, "language": language}
    yield from dataset_rows.read(rows, columns, rejections, **about)


def opened(folder: Path, split: str) -> Any:
    """Open a dataset; UserError where the folder holds none, or not that split."""
    from datasets import DatasetDict, load_from_disk  # a second and a half: only where it is used

    try:
        found = load_from_disk(str(folder))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{folder} is no dataset that `save_to_disk` wrote ({type(error).__name__}: {error}): write it so, or "
            "convert it to Parquet for the source `folder`"
        ) from error
    if not isinstance(found, DatasetDict):
        return found
    if split not in found:
        raise UserError(f"{folder} has no split '{split}'; its splits: {', '.join(found)}")
    return found[split]
