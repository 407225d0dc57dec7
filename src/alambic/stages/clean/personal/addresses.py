"""Addresses of the post: a number and a street, a street, a postcode and a town, what stands after a label."""

import re
from collections.abc import Iterator

from alambic.stages.clean.personal.characters import BLANK, UPPER, Guarded, fold, words
from alambic.stages.clean.personal.numbers import Span
from alambic.stages.clean.personal.ordinary_words import is_ordinary

STREET = (
    r"(?:rue|avenue|av\.?|ave\.?|boulevard|bd\.?|bld\.?|blvd\.?|place|pl\.|allées?|chemin|ch\.|impasse|imp\."
    r"|quai|route|rte\.?|square|"
    r"lotissement|lot\.|faubourg|fg\.?|cours|passage|sentier|venelle|villa|hameau|cité|rond-point|esplanade"
    r"|promenade|montée|ruelle|traverse|mail|résidence|clos)"
)
# Without a number, these are no words of anatomy or of prose.
STREET_ALONE = (
    r"(?:rue|avenue|boulevard|bd|impasse|allées?|quai|chemin(?! de fer)|faubourg|lotissement"
    r"|résidence|lieu-dit|lieudit)"
)
POSTCODE = r"(?:F-)?(?:0[1-9]|[1-8]\d|9[0-8])\d{3}"
_UP = rf"[{UPPER}]"
TOWN = rf"({_UP}[\w]{{1,30}}(?:[ '’-](?:[a-zà-ÿ]{{1,4}}[ '’-]){{0,2}}(?:[dl]['’])?{_UP}[\w]{{0,30}}){{0,4}})"
CEDEX = rf"(?:{BLANK}{{1,2}}(?i:cedex)(?:{BLANK}{{1,2}}\d{{1,2}})?)?"
_AND_TOWN = rf"(?:,?{BLANK}{{0,3}}\n?{BLANK}{{0,3}}{POSTCODE}{BLANK}{{1,3}}{TOWN}{CEDEX})"
_STREETS = tuple(
    sorted(
        words(
            "rue av bd boulevard bld blvd pl allée ch. chemin imp quai route rte square lot "
            "faubourg fg cours passage sentier venelle villa hameau cité "
            "rond-point esplanade promenade montée ruelle traverse mail résidence clos lieu-dit lieudit"
        )
    )
)
_SMALL = r"(?i:de|du|des|la|le|les|et|en|sur|sous|à|aux?|l['’]|d['’]|St|Ste|Saint|Sainte)"
_NO_STREET = (
    r"(?!(?:est|a|et|avec|qui|pour|depuis|son|sa|ses|où|dans|vit|se|ne|sans|chez|tél|il|elle|au|par|mais|puis|soit)\b)"
)
_LINK = rf"(?:[ '’-]|{BLANK})"
_NAME_OF_STREET = (
    rf"(?:{BLANK}{{1,2}}(?:{_SMALL}{_LINK}?){{0,3}}(?:"
    rf"(?:{_UP}[\w.]{{0,30}}|\d{{1,4}})(?:{_LINK}(?:{_SMALL}{_LINK}){{0,3}}(?:{_UP}[\w.]{{0,30}}"
    rf"|\d{{1,4}}\b(?!{BLANK}?\d))){{0,5}}|"
    rf"{_NO_STREET}[a-zà-ÿ]\w{{1,30}}(?:{_LINK}{_NO_STREET}(?:{_SMALL}{_LINK}){{0,2}}[\w.]{{1,30}}){{0,3}}))"
)
_WITHIN = (
    rf"(?:,?{BLANK}?(?i:bât(?:iment)?|appt?|appartement|étage|esc(?:alier)?|résidence|porte|bp"
    rf"|cs)\.?{BLANK}?[\w' -]{{1,20}}){{0,3}}"
)
_NUMBERED = Guarded(
    rf"(?<![\w.,/])\d{{1,4}}(?:[ ,]?(?:bis|ter|quater|[A-D]\b))?{BLANK}?,?{BLANK}{{1,2}}(?i:{STREET})(?![\w'])"
    rf"{_NAME_OF_STREET}{_WITHIN}{_AND_TOWN}?",
    *_STREETS,
)
_STREET_AND_TOWN = Guarded(rf"(?<![\w<])(?i:{STREET})(?!\w)[^\n;.,]{{2,40}}?{_WITHIN}{_AND_TOWN}", *_STREETS)
_PROSE = re.compile(
    rf"\d+{BLANK}(?i:places?|cours|passages?|mails?|villas?|cités?){BLANK}[^{UPPER}]+$"
)  # 10 cours de danse
_STREET_ALONE = Guarded(
    rf"(?<![\w<])(?i:{STREET_ALONE}){BLANK}{{1,2}}(?:(?i:de la|de l['’]|des|du|de|d['’]|l['’]|le|la"
    rf"|les){BLANK}?)?{_UP}[\w'’]{{1,30}}"
    rf"(?:[ -](?:(?:de|du|des|la|le|les|et)[ -]){{0,2}}{_UP}[\w'’.]{{0,30}}){{0,4}}",
    *_STREETS,
)
_POSTCODE = re.compile(rf"(?<![\w.,+/-]){POSTCODE}{BLANK}{{1,3}}{TOWN}{CEDEX}")
_FIVE = re.compile(r"\d{5}")
_LABEL = Guarded(
    rf"(?<![\w<])(?:(?i:adresse(?: (?:postale|du patient|personnelle|actuelle|complète))?|domicile|ville"
    rf"|commune|code postal|localité|lieu de résidence)"
    rf"|ADR|Adr\.?|CP){BLANK}{{0,3}}[:=]{BLANK}{{0,4}}([^\n\t;|]{{2,120}})",
    "adr",
    "domicile",
    "ville",
    "commune",
    "code postal",
    "localité",
    "résidence",
    "cp",
)
_LIVES = Guarded(
    r"(?<![\w<])(?i:demeurante?|domiciliée?|habitante?|habite|résidante?|réside|vit|vivante?)(?: actuellement| "
    r"seule?)? "
    rf"à ({_UP}[\w'’]{{1,30}}(?:[ '’-](?:[a-zà-ÿ]{{1,4}}[ '’-]){{0,2}}{_UP}[\w'’]{{0,30}}){{0,4}})",
    "demeur",
    "domicili",
    "habit",
    "résid",
    "vit ",
    "vivant",
)
_BOX = Guarded(
    rf"(?<!\w)(?:BP|B\.P\.|CS|TSA){BLANK}?\d{{2,6}}(?!\d)(?:,?{BLANK}{{0,3}}\n?{POSTCODE}{BLANK}{{1,3}}{TOWN}{CEDEX})?",
    "bp",
    "b.p",
    "cs",
    "tsa",
)
_NEXT_FIVE = re.compile(r"\d{5}")
_NEXT_LABEL = re.compile(
    rf"  |[,(]?{BLANK}{{1,3}}[{UPPER}][\w.'’°/]{{1,25}}(?:{BLANK}[\w.'’°/]{{1,15}}){{0,3}}{BLANK}?[:=]|[.] "
    rf"|{BLANK}[-–|/]{BLANK}"
)


def addresses(text: str) -> Iterator[Span]:
    """Find addresses of the post."""
    for pattern in (_NUMBERED, _STREET_AND_TOWN):
        for match in pattern.finditer(text):
            if _PROSE.match(match[0]):
                continue
            yield match.start(), _end(match), "ADRESSE"
    for match in _POSTCODE.finditer(text) if _FIVE.search(text) else ():
        town = re.split(r"[ '’-]", match[1])
        first = town[1] if len(town) > 1 and town[0].casefold() in ("le", "la", "les", "l") else town[0]
        if not is_ordinary(first) and (len(match[1]) > 3 or match[1].istitle()):
            yield match.start(), _end(match), "ADRESSE"
    for pattern in (_STREET_ALONE, _BOX):
        for match in pattern.finditer(text):
            yield match.start(), _end(match), "ADRESSE"
    for match in _LIVES.finditer(text):
        if not is_ordinary(match[1].split()[0]):
            yield match.start(1), match.end(1), "ADRESSE"
    for match in _LABEL.finditer(text):
        value = _NEXT_LABEL.split(match[1], maxsplit=1)[0].rstrip(" .,")
        if value[:1].isalnum() and "@" not in value and not is_ordinary(value.split()[0]):
            yield match.start(1), match.start(1) + len(value), "ADRESSE"


def _end(match: re.Match[str]) -> int:
    """End an address where its town does: "77020 MELUN Fabricant" without the last word."""
    end = match.start() + len(match[0].rstrip(" \t\u00a0,-("))
    town, start = (match[1], match.start(1)) if match.re.groups and match[1] else ("", end)
    plain = 0
    for word in re.finditer(r"[^ ]+", town):
        if not word.start() or not word[0][:1].isupper():
            continue
        before = town[: word.start()].split()[-1]
        linked = before.casefold() in _BEFORE_TOWNS or not before[:1].isupper()
        plain += not linked
        mixed = town[: word.start()].isupper() and not word[0].isupper()
        if mixed or plain > 1 or is_ordinary(word[0]) or fold(word[0]) in _AFTER_TOWNS:
            return start + len(town[: word.start()].rstrip())
    return end


_BEFORE_TOWNS = words("le la les l saint sainte st ste sur en de du des et aux au lès lez sous")
_AFTER_TOWNS = words(
    "fabricant exploitant noms titulaire france belgique suisse allemagne italie espagne "
    "laboratoire laboratoires ou portugal irlande"
)
