"""Dates of birth, by the words before them, in figures or spelled out; the town that follows is an address."""

from collections.abc import Iterator

from alambic.stages.clean.personal.characters import BLANK, UPPER, Guarded
from alambic.stages.clean.personal.numbers import Span

_SEPARATOR = rf"(?:{BLANK}?[./\-]{BLANK}?|{BLANK})"
MONTH = (
    r"(?:jan(?:v(?:ier)?)?|f[ée]v(?:r(?:ier)?)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|ao[uû]t|sept?(?:embre)?"
    r"|oct(?:obre)?|"
    r"nov(?:embre)?|d[ée]c(?:embre)?)\.?"
)
_NUMERAL = (
    r"(?:premier|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    r"vingts?|trente|quarante|cinquante|soixante|septante|huitante|nonante|cents?|mille|mil|et)(?!\w)"
)
_SPELLED = rf"{_NUMERAL}(?:[ -]{_NUMERAL}){{0,3}} {MONTH}(?: {_NUMERAL}(?:[ -]{_NUMERAL}){{0,8}}| \d{{2,4}})?"
DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}{_SEPARATOR}\d{{1,2}}{_SEPARATOR}\d{{2,4}}|\d{{8}}|"
    rf"\d{{1,2}}(?:er)?{_SEPARATOR}{MONTH}{_SEPARATOR}\d{{2,4}}|{_SPELLED})(?!\d)"
)
_TOWN = rf"[{UPPER}][\w'’]{{1,30}}(?:[ '’-](?:[a-zà-ÿ]{{1,4}}[ '’-])?[{UPPER}][\w'’]{{1,30}}){{0,4}}"
SURELY_BORN = r"(?<![\w<-])(?:[Nn]ée?(?:\(e\)|[.·-]e)?s?|[Nn]ee|N[ÉE]E|NÉ(?:\(E\))?)(?![\w>])"  # "ne" is another word
BORN = r"(?<![\w<-])[Nn][ÉéEe]{1,2}(?:\(e\)|\(E\)|e|E|-e|\.e|·e)?s?(?![\w>])"
_BIRTH = Guarded(
    rf"(?:{BORN}{BLANK}{{0,2}}(?:[Ll][Ee]|[Uu][Nn])?(?: (?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche))?"
    rf"(?: [àa] [^\n\d,;:]{{2,40}}?,?(?: le)?| [{UPPER}][\w'’-]{{1,30}}(?: [{UPPER}][\w'’-]{{1,30}}){{0,2}},? le)?|"
    rf"(?<![\w<])(?i:ddn|dn(?= ?:)|d\.d\.n\.?|dob|date{BLANK}(?:de{BLANK})?naiss(?:ance|\.)?|naissance"
    rf"|anniversaire|birth ?date))"
    rf"[ \t\u00a0\"']{{0,3}}[:=]?[ \t\u00a0\"']{{0,4}}(?:le )?((?i:{DATE})|en (?:{MONTH} )\d{{4}})"
    rf"(?:,?{BLANK}?(?:[àÀ]|A(?=[ :])){BLANK}?:?{BLANK}?({_TOWN}))?",
    "né",
    "ne",
    "naiss",
    "ddn",
    "dn",
    "d.d.n",
    "dob",
    "birth",
    "anniv",
)
_PLACE = Guarded(
    rf"(?i:(?<![\w<])(?:lieu|ville|commune) de naissance)[ \t\u00a0]{{0,3}}[:=][ "
    rf"\t\u00a0]{{0,4}}((?i:[^\W\d_])[^\n\t,;|:]{{1,40}})"
    rf"|{BORN} [àÀ] ({_TOWN})",
    "de naissance",
    " à ",
)


def births(text: str) -> Iterator[Span]:
    """Find dates and places of birth."""
    for match in _BIRTH.finditer(text):
        yield match.start(1), match.end(1), "DATE_NAISSANCE"
        if match[2]:
            yield match.start(2), match.end(2), "ADRESSE"
    for match in _PLACE.finditer(text):
        group = match.lastindex or 0
        value = match[group].split("  ")[0].rstrip()
        yield match.start(group), match.start(group) + len(value), "ADRESSE"
