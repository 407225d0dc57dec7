"""What an API gives page by page, stored page by page: an interrupted harvest goes on where it stopped."""

import gzip
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from alambic.data import downloads
from alambic.data.shared_files import locked
from alambic.errors import UserError
from alambic.settings.urls import public
from alambic.stages.collect.compressed import whole
from alambic.stages.collect.json_lines import loads

log = logging.getLogger("alambic.stages.collect")

Page = dict[str, Any]
WHOLE = "whole"  # the file that says that no page is missing


def harvest(name: str, first: str, following: Callable[[Page], str | None], *, pause: float) -> Iterator[Page]:
    """Yield the pages from the URL `first` on; `following` gives the URL of the next one, None after the last.

    Pages are stored under `name` and the digest of `first`, so that another query is another harvest; one of which
    `following` makes nothing is not stored. Two requests are `pause` seconds apart. UserError where a page is no JSON,
    and where it leads back to one that was seen: nothing would come of it, for ever.
    """
    folder = folder_of(name, first)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        url: str | None = first
        seen: set[str] = set()
        while url is not None:
            path = folder / page_name(len(seen))
            seen.add(unquote(url))
            if not path.exists():
                if (folder / WHOLE).exists():
                    raise UserError(f"{path.absolute()} is missing: remove {folder.absolute()} to harvest again")
                _bring(url, path, following, seen, pause=pause if len(seen) > 1 else 0)
            page = _stored(path)
            yield page
            url = _next(page, path, following, seen)
        (folder / WHOLE).touch()


def folder_of(name: str, first: str) -> Path:
    """Give the folder of a harvest, which begins with the URL `first`."""
    return downloads.DOWNLOADS / f"{name}-{hashlib.sha256(first.encode()).hexdigest()[:12]}"


def page_name(number: int) -> str:
    """Give the name of a stored page, of which the first is number 0."""
    return f"page-{number:06d}.json.gz"


def _bring(url: str, path: Path, following: Callable[[Page], str | None], seen: set[str], *, pause: float) -> None:
    time.sleep(pause)
    answer = downloads.fetch_answer(url)
    try:
        page = loads(answer)
        following(page)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{public(url)} gave no page of JSON as expected ({error!r}): {answer[:200]!r}; look at it in a browser"
        ) from error
    _next(page, path, following, seen)
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_bytes(gzip.compress(answer, mtime=0))
    unfinished.rename(path)
    log.info("%s: %d kB", path.name, len(answer) // 1000)


def _next(page: Page, path: Path, following: Callable[[Page], str | None], seen: set[str]) -> str | None:
    try:
        url = following(page)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path.absolute()} is no page as expected ({error!r}): remove it to harvest it again"
        ) from error
    if url is not None and unquote(url) in seen:
        raise UserError(
            f"{path.absolute()}: the page after this one is one that came before: the API repeats its cursor; remove "
            f"{path.parent.absolute()} to harvest again, later or with another size of page"
        )
    return url


def _stored(path: Path) -> Page:
    """Read a page that is on disk; UserError where it is damaged, or unpacks to more than an answer may have."""
    with whole(str(path.absolute())), gzip.open(path) as stream:
        content = stream.read(downloads.LARGEST_ANSWER + 1)
    if len(content) > downloads.LARGEST_ANSWER:
        raise UserError(f"{path.absolute()} unpacks to more than an answer has: remove it to harvest it again")
    try:
        page: Page = loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.absolute()} is damaged ({error}): remove it to harvest it again") from error
    return page
