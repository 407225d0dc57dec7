"""What an API gives page by page, stored page by page: an interrupted harvest goes on where it stopped."""

import gzip
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from alambic.data import downloads
from alambic.errors import UserError

log = logging.getLogger("alambic.stages.collect")

Page = dict[str, Any]
WHOLE = "whole"  # the file that says that no page is missing


def harvest(name: str, first: str, following: Callable[[Page], str | None], *, pause: float) -> Iterator[Page]:
    """Yield the pages from the URL `first` on; `following` gives the URL of the next one, None after the last.

    Pages are stored under `name` and the digest of `first`, so that another query is another harvest; one of which
    `following` makes nothing is not stored. Two requests are `pause` seconds apart. UserError where a page is no JSON.
    """
    folder = downloads.DOWNLOADS / f"{name}-{hashlib.sha256(first.encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        url: str | None = first
        number = 0
        while url is not None:
            path = folder / f"page-{number:06d}.json.gz"
            if not path.exists():
                if (folder / WHOLE).exists():
                    raise UserError(f"{path.absolute()} is missing: remove {folder.absolute()} to harvest again")
                _bring(url, path, following, pause=pause if number else 0)
            page = json.loads(gzip.decompress(path.read_bytes()))
            yield page
            url, number = following(page), number + 1
        (folder / WHOLE).touch()


def _bring(url: str, path: Path, following: Callable[[Page], str | None], *, pause: float) -> None:
    time.sleep(pause)
    answer = downloads.fetch_answer(url)
    try:
        following(json.loads(answer))
    except ValueError as error:
        raise UserError(f"{url} gave no JSON ({error}): {answer[:200]!r}; look at it in a browser") from error
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(gzip.compress(answer, mtime=0))
    unfinished.rename(path)
    log.info("%s: %d kB", path.name, len(answer) // 1000)
