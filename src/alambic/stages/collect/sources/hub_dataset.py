"""A dataset of the Hugging Face hub at one commit, read as a stream.

Licence and conditions: what the dataset's card says, which the experiment repeats in `licence`; a gated dataset needs
the account's token in HF_TOKEN. A machine without network reads the same files brought by hand: see the error.
"""

import errno
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from alambic.data import downloads
from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.stages.collect import dataset_rows

log = logging.getLogger("alambic.stages.collect")


def fetch(
    rejections: Rejections = STRICT,
    *,
    dataset: str,
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")],
    licence: Annotated[str, Field(min_length=1)],
    configuration: str = "",
    split: str = "train",
    text_column: str = "text",
    id_column: str = "",
    tags_column: str = "",
    language: str = "fr",
) -> Iterator[Document]:
    """Yield one document per row of one split; its other columns that hold text or numbers become metadata.

    `dataset` may be a local folder with the files of a dataset; `revision` then only names its state. `tags_column`:
    the text column then holds lists of words, and that column their tags, in IOB1, IOB2 or BIOES.
    """
    columns = dataset_rows.Columns(text_column, id_column, tags_column)
    about = {"name": dataset, "url": f"https://huggingface.co/datasets/{dataset}/tree/{revision}"}
    prefix = f"{configuration or 'default'}/{split}"
    with _readable(dataset, revision, configuration, split) as source:
        pinned = {} if Path(source).exists() else {"revision": revision}
        rows = _opened(source, configuration or None, split=split, streaming=True, **pinned)
        yield from dataset_rows.read(
            rows, columns, rejections, **about, prefix=prefix, licence=licence, language=language
        )


def _brought(dataset: str, revision: str) -> Path:
    return downloads.DOWNLOADS / f"{dataset.replace('/', '--')}-{revision[:12]}"


@contextmanager
def _readable(dataset: str, revision: str, configuration: str, split: str) -> Iterator[str]:
    """Give what the library reads, the hub's dataset or the one that was brought; UserError where that fails."""
    brought = _brought(dataset, revision)
    source = str(brought) if brought.exists() else dataset
    if Path(source).is_dir() and _is_script(Path(source)):
        raise UserError(_no_code(dataset, source))
    try:
        yield source
    except RuntimeError as error:
        if "script" not in str(error).lower():
            raise
        raise UserError(_no_code(dataset, str(error))) from error
    except (OSError, ValueError, TypeError, KeyError) as error:  # the hub's are OSError, unknown names ValueError
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(
            f"cannot read dataset {dataset} at {revision} ({type(error).__name__}: {error}): check its name, its "
            f"configuration '{configuration}' and split '{split}'; where there is no network, bring it with "
            f"`hf download --repo-type dataset {dataset} --revision {revision} --local-dir {brought.absolute()}`"
        ) from error


def _is_script(folder: Path) -> bool:
    """Tell whether a data set is a program without data, as the hub once had them."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    programs = [path for path in files if path.suffix == ".py"]
    return bool(programs) and all(path.suffix in (".py", ".md", "") for path in files)


def _no_code(dataset: str, seen: str) -> str:
    return (
        f"data set {dataset} is a script ({seen}), which is not run: take the revision `refs/convert/parquet` of the "
        "hub (give its commit), or the publisher's files (sources quaero, morfitt, frenchmedmcqa, web_file)"
    )


def _opened(*arguments: Any, **options: Any) -> Any:
    """Open a dataset as a stream, patiently: its files are read with patience by the library, its state is not."""
    from datasets import load_dataset  # a second and a half: only where it is used
    from huggingface_hub.errors import HfHubHTTPError

    wait = downloads.FIRST_WAIT
    for _ in range(downloads.ATTEMPTS - 1):
        try:
            return load_dataset(*arguments, **options)
        except HfHubHTTPError as error:
            if error.response.status_code not in downloads.RETRIED:
                raise
            log.warning("the hub answers %d; trying again in %.0f s", error.response.status_code, wait)
            time.sleep(wait)
            wait *= 2
    return load_dataset(*arguments, **options)
