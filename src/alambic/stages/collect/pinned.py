"""One file of a data set that comes in splits, at the revision that its source pins."""

from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from alambic.data.downloads import from_url
from alambic.errors import UserError


def bring(url: str, sha256: str) -> Path:
    """Bring the file at `url`; files of two sites may bear one name, so its digest is a part of the name here."""
    return from_url(url, sha256, filename=f"{sha256[:12]}-{PurePosixPath(unquote(urlsplit(url).path)).name}")


def bring_split(source: str, split: str, url: str, sha256: str) -> Path:
    """Bring the file of `split`; UserError where its digest is in neither the source nor the experiment."""
    if not sha256:
        raise UserError(
            f"source '{source}' knows no sha256 of its split '{split}': download {url}, and write `sha256:` with what "
            "sha256sum prints in the experiment"
        )
    return bring(url, sha256)
