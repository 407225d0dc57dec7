"""The one error that a user can mend, and what no message may show."""

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote


class UserError(Exception):
    """A mistake in the settings, the data or the machine; shown without a traceback.

    The message names the value, what was expected, and the remedy.
    """


# Names of parameters by which sites take a secret in an address.
_SECRET_NAME = re.compile(
    r"token|secret|passw|signature|credential|jwt|api[_-]?key|private[_-]?key|access[_-]?key|session|security"
    r"|^(sig|key|pwd|pass|auth|authorization|policy|sas)$|[_-]auth$|[_-]sig$|^auth[_-]",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#?\s'\"<>]+)=[^&;#\s'\"<>]+")
# What else bears a secret: the user of a URL, a header, the tokens of hubs that people use.
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"(?<=//)[^/@\s'\"]+@", ""),
        (r"(\bauthorization['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|token)\s+)?)[^\s'\",]{8,}", r"\1***"),
        (r"(\bbearer\s+)[A-Za-z0-9._~+/=-]{16,}", r"\1***"),
        (r"\b(?:hf_|ghp_|gho_|ghs_|glpat-|sk-)[A-Za-z0-9]{20,}", "***"),
    )
)
_SECRET_VARIABLE = re.compile(r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|API_?KEY|ACCESS_?KEY|CREDENTIALS?)(?:$|_(?!PATH|FILE))")
LEAST_SECRET = 8  # characters: a shorter value would hide words


def redacted(value: Any) -> Any:
    """Hide the credentials in a text, or in each text of nested dicts and lists: before it is shown or kept.

    `https://user:word@site/a?token=b` -> `https://site/a?token=***`. Values of the environment's secrets, such as
    HF_TOKEN, are hidden wherever they stand.
    """
    if isinstance(value, dict):
        return {key: redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    if not isinstance(value, str):
        return value
    for name, secret in os.environ.items():
        if len(secret) >= LEAST_SECRET and _SECRET_VARIABLE.search(name.upper()) and secret in value:
            value = value.replace(secret, "***")
    for pattern, replacement in _PATTERNS:
        value = pattern.sub(replacement, value)
    return _PARAMETER.sub(lambda match: f"{match[1]}=***" if names_secret(match[1]) else match[0], value)


def names_secret(parameter: str) -> bool:
    """Tell whether a parameter of an address bears a secret by its name: "access%5Ftoken" -> True."""
    return _SECRET_NAME.search(unquote(parameter)) is not None


def truncated(text: str, longest: int) -> str:
    """Cut a text to `longest` characters, and show that it was: "abcdefgh", 6 -> "abc..."."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def nearest(name: str, choices: Iterable[str]) -> str:
    """Say which known name `name` may have meant, and all the known ones.

    "clena", ["clean", "teach"] -> "did you mean 'clean'? known: clean, teach"
    """
    names = sorted(choices)
    close = get_close_matches(name, names, n=1)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}known: {', '.join(names) or 'none'}"
