"""Addresses without the secrets that they may carry, which belong in no settings, manifest, log or document."""

import re
from typing import Any
from urllib.parse import urlsplit

from alambic.errors import bears_secret

# Each is bounded, or consumes what it looks at: time grows with the text.
URL = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[^\s'\"<>]+", re.IGNORECASE)
USER = re.compile(r"(?<=//)[^/\s?#]*@")
QUERY = re.compile(r"[?#][^\s'\"<>()]*")
PARAMETER = re.compile(r"([?&;#])([^=&;#?]+)=([^&;#]*)")


def public(text: str) -> str:
    """Take the secrets out of every address in a text: `https://me:word@site/a?token=x&n=1` -> `https://site/a?n=1`."""
    return QUERY.sub(_without_secrets, URL.sub(lambda match: USER.sub("", match[0]), text))


def _without_secrets(match: re.Match[str]) -> str:
    left = PARAMETER.sub(lambda found: found[1] if bears_secret(found[2], found[3]) else found[0], match[0])
    if left == match[0]:
        return left
    return re.sub(r"[?&;#]+$", "", re.sub(r"([?&;#])[&;]+", r"\1", left))


def has_secret(value: str) -> bool:
    """Tell whether an address carries a user, a password, or a parameter that is one."""
    return any(_carries(match[0]) for match in URL.finditer(value))


def check_no_secret(name: str, value: Any) -> None:
    """ValueError where a setting, or one within it, is an address with a secret; it does not repeat the secret."""
    if isinstance(value, dict):
        for key, inner in value.items():
            check_no_secret(f"{name}.{key}", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_no_secret(name, inner)
    elif isinstance(value, str) and value.startswith(("http://", "https://")) and not _is_address(value):
        raise ValueError(f"{name}: '{public(value)}' is no address: expected https://host/path")
    elif isinstance(value, str) and has_secret(value):
        host = urlsplit(public(value)).hostname or "the site"
        raise ValueError(
            f"{name}: '{public(value)}' was given with a password or a token, which manifests would show: write the "
            f"address without it, and give the password in ~/.netrc (machine {host} login ... password ...) or the "
            f"token in the environment variable {variable_of(host)}"
        )


def variable_of(host: str) -> str:
    """Name the environment variable with the token for a host: `data.site.fr` -> ALAMBIC_TOKEN_DATA_SITE_FR."""
    return "ALAMBIC_TOKEN_" + re.sub(r"[^A-Za-z0-9]", "_", host).upper()


def _carries(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are no IPv6 address
        return "@" in url.split("//", 1)[-1].split("/", 1)[0]
    return "@" in parts.netloc or any(bears_secret(name, value) for _, name, value in PARAMETER.findall(url))


def _is_address(url: str) -> bool:
    """Tell whether an address has a host, and a port that is one."""
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
