"""Tell whether an address of the net, the name of a file or an identifier points at a person."""

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote

from alambic.stages.clean.personal.births import births
from alambic.stages.clean.personal.characters import LETTER, Guarded, fold, words
from alambic.stages.clean.personal.given_names import AMBIGUOUS, GIVEN_NAMES
from alambic.stages.clean.personal.names import names
from alambic.stages.clean.personal.numbers import Span, numbers
from alambic.stages.clean.personal.ordinary_words import is_ordinary

_LINK = Guarded(r"(?i)(?<!\w)(?:(?:https?|ftps?|smb|file|sftp)://|www\.|\\\\)[^\s<>\"]{2,1000}", "://", "www.", "\\\\")
_FILE = Guarded(
    r"(?i)(?<![\w./-])[\w.'-]{3,100}\.(?:pdf|docx?|odt|rtf|txt|dcm|jpe?g|png|tiff?|xml|hl7|csv|xlsx?)(?!\w)",
    ".pdf",
    ".doc",
    ".odt",
    ".rtf",
    ".txt",
    ".dcm",
    ".jp",
    ".png",
    ".tif",
    ".xml",
    ".hl7",
    ".csv",
    ".xls",
)
_LETTERS = re.compile(rf"{LETTER}{{2,40}}")
_PUBLIC = words("maladie syndrome hopital chu chru rue avenue wiki institut fondation laboratoire universite")
_TITLES = words("dr docteur pr professeur mme monsieur madame mr mlle nom prenom patiente")
_LABELLED = re.compile(
    r"(?i)(?<![a-z])(?:nir|nss|ssn|ins|ipp|iep|nda|nip|patiente?|dossier|sejour|séjour|tel|rpps|adeli)[ "
    r"_:=/#-]{0,3}\d[\d ]{4,}"
)
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")


def links(text: str, known: frozenset[str] = frozenset()) -> Iterator[Span]:
    """Find the addresses of the net and names of files that point at a person; `known` are words of names, folded."""
    for pattern in (_LINK, _FILE):
        for match in pattern.finditer(text):
            value = match[0].rstrip(".,;:)]")
            if points_at_someone(value, known):
                yield match.start(), match.start() + len(value), "URL"


def points_at_someone(value: str, known: frozenset[str] = frozenset()) -> bool:
    """Tell whether an identifier or an address of the net holds a number or a name of a person."""
    plain = unquote(value) if "%" in value else value
    spaced = re.sub(r"[_/+.\-=&?#:,;|\\]", " ", plain)
    if any(True for seen in (plain, spaced) for finder in (numbers, births) for _ in finder(seen)):
        return True
    if _LABELLED.search(plain) or next(iter(names(plain)), None):
        return True
    found = [fold(word) for word in _LETTERS.findall(_CAMEL.sub(" ", spaced))]
    if known.intersection(found):
        return True
    host = re.match(r"\w+://[^/]*/|www\.[^/]*/", plain)
    if host:
        found = [fold(word) for word in _LETTERS.findall(_CAMEL.sub(" ", re.sub(r"[_\W]", " ", plain[host.end() :])))]
    if _DOSSIERS.intersection(found) and any(
        len(word) > 2 and word not in _HOSTS | _DOSSIERS and not is_ordinary(word) for word in found
    ):
        return True
    return not _PUBLIC.intersection(found) and any(_is_pair(*pair) for pair in pairwise(found))


def _is_pair(first: str, second: str) -> bool:
    """Tell a given name beside a surname, or a title before one."""
    if first in _TITLES:
        return len(second) > 2 and not is_ordinary(second)
    for given, other in ((first, second), (second, first)):
        if given in _GIVEN and len(given) > 2 and len(other) > 2 and other not in _HOSTS and not is_ordinary(other):
            return True
    return False


_DOSSIERS = words("patient patients dossiers malade malades")
_GIVEN = GIVEN_NAMES - (
    AMBIGUOUS - words("camille charlotte marine claire paul pierre marc clement constance vincent renaud")
)
_HOSTS = words("com org net edu gov www html htm php pdf txt csv json jsonl parquet http https and the train test dev")
