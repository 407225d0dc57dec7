"""Replace what points at a person by the kind of thing that it is: <NOM>, <TELEPHONE>, <NIR>...

Numbers that carry a key are checked by it (python-stdnum for the NIR, Luhn's for RPPS), telephone numbers by Google's
libphonenumber (phonenumbers): a dose or a date is not taken for one. Names are found by what stands before them (Dr,
M., Mme, patient nommé...): a name without such a word stays.
What is found and what is missed: docs/explanation/personal-data.md.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

from phonenumbers import PhoneNumberMatcher
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir

from alambic.data.documents import Document

Span = tuple[int, int, str]  # first character, character after the last, kind

CAPITAL = "A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸÆŒ"
NAME = rf"(?:[{CAPITAL}]\.|[{CAPITAL}][\w'’]*(?:-[{CAPITAL}][\w'’]*)*)"
PARTICLE = r"(?:(?:de|du|des|le|la|el|ben|van|von)[ \t]+)?"
NAMES = rf"{PARTICLE}{NAME}(?:[ \t]+{PARTICLE}{NAME}){{0,3}}"
TITLE = (
    r"\b(?:[Dd]r\.?|[Dd]octeur|DR\.?|[Dd]octoresse|[Pp]r\.?|PR\.?|[Pp]rofesseure?|M\.|MM\.|[Mm]onsieur|Mme\.?|MME\.?|"
    r"[Mm]adame|Mlle\.?|MLLE\.?|[Mm]ademoiselle|[Mm]aître|[Nn]om(?: de (?:naissance|famille|jeune fille))?\s*:|"
    r"NOM\s*:|[Pp]rénoms?\s*:|PRENOMS?\s*:|[Nn]ommée?s?|[Pp]atiente?\s*:)"
)
DATE = r"(\d{1,2}[ ./-](?:\d{1,2}|[a-zéû]{3,9}\.?)[ ./-]\d{2,4})"
STREET = r"(?:rue|avenue|av\.|boulevard|bd\.?|place|allée|chemin|impasse|quai|route|square|lotissement|faubourg)"
POSTCODE = r"(?:F-)?(?:0[1-9]|[1-8]\d|9[0-8])\d{3}"
# A unit after five digits makes a dose of them.
TOWN = (
    rf"(?!Unité|Euro|Patient|Cas\b)(?:[{CAPITAL}][a-zà-ÿ]+\w*|[{CAPITAL}]{{4,}})"
    rf"(?:[ '’-](?:[a-zà-ÿ]{{1,4}}[ '’-])?[{CAPITAL}]\w+)*"
)
CEDEX = r"(?:[^\S\n]+(?i:cedex)(?:[^\S\n]+\d+)?)?"
KEYED = r"(?:ipp|iep|n° ?(?:de )?(?:dossier|patient|séjour|adeli|rpps))"
PATTERNS: tuple[tuple[str, str], ...] = (
    ("COURRIEL", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
    ("NIR", r"(?<!\d)[1278] ?\d{2} ?(?:0[1-9]|[1-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)"),
    ("RPPS", r"(?<!\d)(?:\d{11}|\d(?: \d{3}){2} \d{4}|\d{2}(?: \d{3}){3})(?!\d)"),
    ("FINESS", r"(?i)(?<=finess)(?:[^\S\n]*(?:n°|no|numéro|:))*[^\S\n]*((?:\d ?|2[AB] ?){8,9})(?!\d)"),
    ("IDENTIFIANT", rf"(?i)\b{KEYED}\s*:?\s*([A-Z]?\d{{5,}})"),
    ("DATE_NAISSANCE", rf"(?i)\b(?:n[ée]+e?\s+le|ddn|date de naissance)\s*:?\s*{DATE}"),
    ("TELEPHONE", ""),  # before addresses: a house number may look like the end of one
    (
        "ADRESSE",
        rf"\b\d{{1,4}}(?:[ ,]?(?:bis|ter|quater))?,?[^\S\n]+(?i:{STREET})\b[^\n,;.]{{2,50}}"
        rf"(?:,?[^\S\n]*{POSTCODE}[^\S\n]+{TOWN}{CEDEX})?",
    ),
    ("ADRESSE", rf"\b(?i:{STREET})\b[^\n;.]{{2,50}}?,?[^\S\n]*{POSTCODE}[^\S\n]+{TOWN}{CEDEX}"),
    ("ADRESSE", rf"(?<!\d){POSTCODE}[^\S\n]+{TOWN}{CEDEX}"),
    ("NOM", rf"{TITLE}(?:[ \t]+|(?<=[.:]))({NAMES})"),
)
COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in PATTERNS)
# After a title, these begin no name.
NO_NAME = re.compile(r"(?:Le|La|Les|Un|Une|Des|Il|Elle|On|En|Au|Aux|Pas|Sans|Avec|Non|Oui|X|Y|Z)$")


def step(
    *,
    keep: list[
        Literal["NOM", "ADRESSE", "TELEPHONE", "COURRIEL", "NIR", "RPPS", "FINESS", "IDENTIFIANT", "DATE_NAISSANCE"]
    ] = [],  # noqa: B006
) -> Callable[[Document], Document | str]:
    """Make the step; the kinds in `keep` stay as they are."""

    def personal_data(document: Document) -> Document | str:
        text = masked(document.text, (span for span in find(document.text) if span[2] not in keep))
        return document if text == document.text else replace(document, text=text)

    return personal_data


def find(text: str) -> list[Span]:
    """List what is found, in the order of the text; of two that overlap, the first kind looked for stays."""
    spans: list[Span] = []
    for span in _candidates(text):
        start, end, _ = span
        if all(end <= a or start >= b for a, b, _ in spans):
            spans.append(span)
    return sorted(spans)


def masked(text: str, spans: Iterable[Span]) -> str:
    """Put <KIND> in the place of each span: "Dr Martin", [(3, 9, "NOM")] -> "Dr <NOM>"."""
    parts, done = [], 0
    for start, end, kind in spans:
        parts += [text[done:start], f"<{kind}>"]
        done = end
    return "".join([*parts, text[done:]])


def _candidates(text: str) -> Iterator[Span]:
    for kind, pattern in COMPILED:
        if kind == "TELEPHONE":
            yield from ((match.start, match.end, kind) for match in PhoneNumberMatcher(text, "FR"))
            continue
        for match in pattern.finditer(text):
            start, end = match.span(1 if pattern.groups else 0)
            if _is(kind, text[start:end]):
                yield start, start + len(text[start:end].rstrip()), kind


def _is(kind: str, value: str) -> bool:
    if kind == "NIR":
        try:
            nir.validate(value.replace(" ", ""))
        except ValidationError:
            return False
        return True
    if kind == "RPPS":
        bare = value.replace(" ", "")
        return bare[0] in "18" and bool(luhn.is_valid(bare))  # 1 for doctors, 8 for others; ANS, registre RPPS
    if kind == "NOM":
        return not NO_NAME.match(value)
    return True
