"""The one error that a user can mend, and what no message may show."""

import os
import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote


class UserError(Exception):
    """A mistake in the settings, the data or the machine; shown without a traceback.

    The message names the value, what was expected, and the remedy.
    """


# Names of parameters by which sites take a secret in an address: what is in one, what is one of its words, what is all
# of it. `code` is the whole name of a key (of functions of Azure, of OAuth), and a word of names like `code_cim`.
_IN_A_NAME = re.compile(
    r"token(?!iz|is|s?(?:count|limit|length|type)|s$)|secret(?!ar|ion|or)|passw|passphrase|mot(?:de)?passe|mdp|jeton"
    r"|signature|credential|jwt|apikey|privatekey|accesskey|accountkey|subscriptionkey|session|sessid|security"
    r"|saml(?:response|request|art)|oauth"
)
_WORDS = frozenset(
    [
        "sig",
        "hmac",
        "otp",
        "totp",
        "bearer",
        "cookie",
        "csrf",
        "xsrf",
        "assertion",
        "ticket",
        "pwd",
        "pswd",
        "passcode",
        "authorization",
    ]
)
_FIRST_OR_LAST = frozenset(["auth", "pass", "key", "sas"])
_WHOLE = frozenset(
    [
        "code",
        "policy",
        "sv",
        "pw",
        "psw",
        "passe",
        "pin",
        "sign",
        "sid",
        "cle",
        "clef",
        "authkey",
        "appkey",
        "hapikey",
        "rlkey",
        "resourcekey",
        "sharekey",
        "cleapi",
        "apicle",
        "clefapi",
        "cleacces",
        "clesecrete",
        "codeacces",
        "codedacces",
        "codesecret",
        "authcode",
        "authorizationcode",
        "devicecode",
        "codeverifier",
        "userpass",
        "dbpass",
    ]
)
_HARMLESS = frozenset(["sortkey", "primarykey", "foreignkey", "publickey", "partitionkey", "passrate", "authuser"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LONGEST_NAME, _LONGEST_INNER = 200, 4000  # characters
_PARAMETER = re.compile(r"(?:(?<=[?&;#])|(?<=\\u0026))([^=&;#?\s'\"<>\\]+)=([^&;#\s'\"<>\\]+)")
# What else bears a secret: the user of a URL, a header, the tokens of hubs that people use.
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"(?<=//)[^/@\s'\"]+@", ""),
        (r"(\bauthorization['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|token)\s+)?)[^\s'\",]{8,}", r"\1***"),
        (r"(\bbearer\s+)[A-Za-z0-9._~+/=-]{16,}", r"\1***"),
        (
            r"((?:passwo?r?d|passphrase|mot[ _-]?de[ _-]?passe"
            r"|(?<![a-z0-9])(?:mdp|jeton|(?:api|secret|access|private)[_-]?key"
            r"|(?:access|auth|refresh|private|api|id)[_-]?token"
            r"|client[_-]?secret))['\"]?[ \u00a0]?[:=][ \u00a0]?['\"]?)"
            r"[^\s'\",;&<>*]{6,}",
            r"\1***",
        ),
        (r"\b(?:hf_|gh[opsur]_|github_pat_|glpat-|xox[abprs]-|sk-(?:proj-|ant-)?)[A-Za-z0-9_-]{20,}", "***"),
        (r"\bAKIA[A-Z0-9]{16}\b", "***"),
        (r"\beyJ[\w-]{10,4000}\.eyJ[\w-]{10,4000}(?:\.[\w-]{0,4000})?", "***"),
    )
)
_SECRET_VARIABLE = re.compile(
    r"(?:^|_)(?:TOKEN|JETON|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|MDP|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)"
    r"(?:$|_(?!PATH|FILE))"
)
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
    return _PARAMETER.sub(lambda match: f"{match[1]}=***" if bears_secret(match[1], match[2]) else match[0], value)


def names_secret(parameter: str) -> bool:
    """Tell whether a parameter of an address bears a secret by its name: "access%5Ftoken", not "code_cim"."""
    name = unicodedata.normalize("NFKD", unquote(unquote(parameter[:_LONGEST_NAME]))).encode("ascii", "ignore").decode()
    words = [word.lower() for word in _WORD.findall(name)]
    whole = "".join(words)
    if not words or whole in _HARMLESS:
        return False
    return (
        whole in _WHOLE
        or _IN_A_NAME.search(whole) is not None
        or not _WORDS.isdisjoint(words)
        or not _FIRST_OR_LAST.isdisjoint((words[0], words[-1]))
    )


def bears_secret(parameter: str, value: str) -> bool:
    """Tell whether a parameter bears a secret, by its name or within an address that is its value."""
    if names_secret(parameter):
        return bool(value)
    if "%" not in value or len(value) > _LONGEST_INNER:
        return False
    inner = unquote(value)
    return inner != value and redacted(inner) != inner


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
