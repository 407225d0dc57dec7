"""Where a catalogue says that a file lies: data.gouv.fr and sites like it, the package index."""

import html
import json
import re
from urllib.parse import unquote, urljoin, urlsplit

from alambic.errors import UserError, nearest
from alambic.settings.urls import public

NOT_IN_FINGERPRINT = "how files are found; what they hold is checked by its digest"


def question_for(url: str) -> str:
    """Give what to ask about `https://www.data.gouv.fr/datasets/NAME#FILE`, a file of a data set; empty of others."""
    parts = urlsplit(url)
    found = re.fullmatch(r"(?:/fr|/en)?/datasets/([^/]+)/?", parts.path)
    return f"{parts.scheme}://{parts.netloc}/api/1/datasets/{found[1]}/" if found and parts.fragment else ""


def file_of_data_set(url: str, answer: bytes) -> str:
    """Find the file that `url` names in a catalogue's answer; UserError where it is not there.

    The answer holds `resources`, each with `title`, `url`, and `latest`: an address that stays.
    """
    wanted = unquote(urlsplit(url).fragment)
    try:
        files: dict[str, str] = {}
        for file in json.loads(answer)["resources"]:
            names = {str(file["title"]), unquote(urlsplit(str(file["url"])).path).rpartition("/")[2]}
            files |= dict.fromkeys(names, str(file.get("latest") or file["url"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{public(url)} lists no files of a data set ({error!r}): give the file's address") from error
    if wanted not in files:
        raise UserError(f"{public(url)}: the data set has no file '{wanted}'; {nearest(wanted, files)}")
    return urljoin(question_for(url), files[wanted])


def files_of_page(content: str, filename: str, *, is_json: bool) -> list[str]:
    """Find the addresses of `filename` on a page of the package index, JSON (PEP 691) or HTML (PEP 503).

    ValueError where it is no list of files.
    """
    if not is_json:
        links = (html.unescape(link) for link in re.findall(r"""href\s*=\s*["']([^"']+)""", content))
        return [link for link in links if unquote(urlsplit(link).path).endswith(f"/{filename}")]
    try:
        return [str(file["url"]) for file in json.loads(content)["files"] if file["filename"] == filename]
    except (KeyError, TypeError) as error:
        raise ValueError(f"it answers no list of files ({error!r})") from error
