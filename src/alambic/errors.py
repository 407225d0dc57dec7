"""The one error that a user can mend, and what no message may show."""

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class UserError(Exception):
    """A mistake in the settings, the data or the machine; shown without a traceback.

    The message names the value, what was expected, and the remedy.
    """


# What bears a secret: the user of a URL, some keys of its query, a header, the tokens of hubs that people use.
_SECRET_KEY = "[A-Za-z0-9_.-]*(?:token|secret|passw(?:or)?d|api[_-]?key|access[_-]?key|credential|signature)s?"
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"(?<=//)[^/@\s'\"]+@", ""),
        (rf"([?&;](?:{_SECRET_KEY}|sig|key|auth)=)[^&;#\s'\"<>]+", r"\1***"),
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
    return value


def nearest(name: str, choices: Iterable[str]) -> str:
    """Say which known name `name` may have meant, and all the known ones.

    "clena", ["clean", "teach"] -> "did you mean 'clean'? known: clean, teach"
    """
    names = sorted(choices)
    close = get_close_matches(name, names, n=1)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}known: {', '.join(names) or 'none'}"
