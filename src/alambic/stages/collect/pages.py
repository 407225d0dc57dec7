"""What an API gives page by page, stored page by page: an interrupted harvest goes on where it stopped."""

import gzip
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alambic.data import downloads
from alambic.data.shared_files import locked
from alambic.errors import UserError
from alambic.settings.urls import public
from alambic.stages.collect.compressed import whole

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
    with locked(folder / ".lock"):
        url: str | None = first
        number = 0
        while url is not None:
            path = folder / f"page-{number:06d}.json.gz"
            if not path.exists():
                if (folder / WHOLE).exists():
                    raise UserError(f"{path.absolute()} is missing: remove {folder.absolute()} to harvest again")
                _bring(url, path, following, pause=pause if number else 0)
            page = _stored(path)
            yield page
            url, number = following(page), number + 1
        (folder / WHOLE).touch()


def _bring(url: str, path: Path, following: Callable[[Page], str | None], *, pause: float) -> None:
    time.sleep(pause)
    answer = downloads.fetch_answer(url)
    try:
        following(json.loads(answer))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{public(url)} gave no page of JSON as expected ({error!r}): {answer[:200]!r}; look at it in a browser"
        ) from error
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(gzip.compress(answer, mtime=0))
    unfinished.rename(path)
    log.info("%s: %d kB", path.name, len(answer) // 1000)


def _stored(path: Path) -> Page:
    """Read a page that is on disk; UserError where it is damaged, or unpacks to more than an answer may have."""
    with whole(str(path.absolute())), gzip.open(path) as stream:
        content = stream.read(downloads.LARGEST_ANSWER + 1)
    if len(content) > downloads.LARGEST_ANSWER:
        raise UserError(f"{path.absolute()} unpacks to more than an answer has: remove it to harvest it again")
    try:
        page: Page = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.absolute()} is damaged ({error}): remove it to harvest it again") from error
    return page
