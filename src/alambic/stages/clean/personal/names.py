"""Names of people: after a title, a label or a role, beside a given name, before a date of birth, under a letter.

A title that is also an abbreviation of medicine (M., PR, Dr) needs what looks like a name after it; words of medicine
do not. What one place of a text tells to be a name is one everywhere in it, but in the name of a disease.
"""

import re
from collections.abc import Iterator

from alambic.stages.clean.personal.births import SURELY_BORN
from alambic.stages.clean.personal.characters import BLANK, LETTER, UPPER, WORD, Guarded, fold
from alambic.stages.clean.personal.given_names import AMBIGUOUS
from alambic.stages.clean.personal.institutions import after_institution
from alambic.stages.clean.personal.labels import labelled
from alambic.stages.clean.personal.name_shapes import (
    Name,
    is_full_name,
    name_after,
    name_before,
)
from alambic.stages.clean.personal.ordinary_words import is_given_name, is_label, is_ordinary
from alambic.stages.clean.personal.titles import OTHER_TITLE, more_names, titled

NameSpan = tuple[int, int]
_ROLE = Guarded(
    r"(?<![\w<])(?:(?i:(?P<sure>patient(?:e|\(e\))?|médecins?|chirurgien(?:ne)?|anesthésiste|radiologue|cardiologue"
    r"|opérateur|opératrice|assistante?|infirmi[eè]re?|ide|ibode|iade|sage-femme|kinésithérapeute|pharmacien(?:ne)?"
    r"|secrétaire|destinataire|expéditeur|prescripteur|prescriptrice|praticien(?:ne)?|rédacteur|rédactrice|signataire"
    r"|assurée?|tuteur|tutrice|conjointe?|chef de clinique|personne (?:de confiance|à prévenir|à contacter))"
    r"|malade|interne|externe|aide|correspondante?|auteur|contact|responsable|référente?|signé|vu avec|avis)"
    r"(?P<several>s?)"
    r"(?i: (?:traitante?|référente?|prescripteur|adresseur|du patient|responsable|opérateur|senior|de garde"
    r"|coordonnées?|hospitalier|hospitalière|légale?|habituel|spécialiste|généraliste)s?)?[*_]{0,3})"
    rf"{BLANK}{{0,3}}(?P<sign>[:=]|\t|\|){BLANK}{{0,4}}[*_]{{0,3}}[ \u00a0]?",
    ":",
    "=",
    "\t",
    "|",
)
_BY = Guarded(
    r"(?<![\w<])(?i:(?:rédigée?|dictée?|validée?|signée?|relue?|vue?|revue?|adressée?|opérée?|prescrite?"
    r"|réalisée?|saisie?|faite?|interprétée?|"
    r"établie?|tapée?|contresignée?|confirmée?|examinée?|suivie?|présentée?|accompagnée?)(?: "
    r"électroniquement)?(?: ce jour)? par|copie à|"
    r"à l['’]attention de|en présence de|confiée? à)"
    rf"{BLANK}?:?{BLANK}{{1,3}}",
    " par",
    "copie",
    "attention",
    "présence",
    "confié",
)
_END_OF_CELL = re.compile(r"[ \u00a0]{0,2}(?:[,;(|/\n\t]|$)")
_WRITTEN = re.compile(
    r"(?i:r[ée]dig|dict|valid|sign|relu|sais|tap|prescri|adress|contresign|copie|à l|en pr|confi[ée]e? à)"
)
_ROMAN = re.compile(r"[IVX]+$")
_KIN = Guarded(
    r"(?<![\w<])(?i:fils|fille|patiente?|malade|assurée?|épouse|époux|mari|femme|conjointe?|mère|père|sœur"
    r"|soeur|frère|compagne|compagnon|voisine?|nièce|neveu|ami|amie|"
    r"tante|oncle|petit-fils|petite-fille|tuteur|tutrice)[ ,:(]{1,3}",
    "patient",
    "malade",
    "assur",
    "fils",
    "fille",
    "épou",
    "mari",
    "femme",
    "conjoint",
    "mère",
    "père",
    "sœur",
    "soeur",
    "frère",
    "compagn",
    "voisin",
    "nièce",
    "neveu",
    "ami",
    "tante",
    "oncle",
    "petit",
    "tut",
)
_CLOSING = Guarded(
    r"(?i:cordialement|confraternellement|(?:meilleures |sincères )?salutations(?: distinguées| "
    r"confraternelles)?|bien à vous|signature|dévouée?s?|signé)"
    r"[^\n]{0,30}\n\s{0,6}",
    "cordialement",
    "confraternellement",
    "salutations",
    "bien à vous",
    "signature",
    "dévoué",
    "signé",
)
_HEADER = Guarded(
    r"(?m)^(?:De|À|A|Pour|From|To|Cc|CC|Cci|Bcc|Expéditeur|Destinataires?|Reply-To|Répondre à)[ \u00a0]?:[ "
    r"\u00a0]?([^\n]{2,400})",
    ":",
)
_HAS_CAPITAL = re.compile(rf"[{UPPER}]|[Dd]r")
_CAPITALISED = re.compile(rf"(?<![\w<@/.\-]){WORD}(?![\w>])")
_BORN_AT = Guarded(rf"[ ,(]{{1,3}}(?:{SURELY_BORN})[ :]{{1,3}}(?=[Ll][Ee] |\d|[{UPPER}])", "né", "ne")


def names(text: str) -> Iterator[NameSpan]:
    """Find names by what stands around them."""
    if _HAS_CAPITAL.search(text):
        yield from titled(text)
    yield from labelled(text)
    for pattern in (_ROLE, _BY, _KIN, _CLOSING):
        yield from _like_full_names(text, pattern)
    for match in _HEADER.finditer(text):
        yield from _addressees(text, match)
    for match in _BORN_AT.finditer(text):
        if name := name_before(text, match.start()):
            yield name
    yield from _beside_given_names(text)


def again(text: str, known: frozenset[str]) -> Iterator[NameSpan]:
    """Find the words of names that are known, where they are written as names."""
    if not known:
        return
    lower = {fold(match[0]) for match in re.finditer(rf"(?<!\w)[a-zà-ÿœ]{LETTER}{{2,30}}(?!\w)", text)} & known
    for match in _CAPITALISED.finditer(text):
        plain = fold(match[0])
        if plain in known and (plain not in lower or match[0].isupper()) and not after_institution(text, match.start()):
            yield match.span()


def words_of(name: str) -> set[str]:
    """Give the words of a name by which it is found again."""
    words = {match[0] for match in _CAPITALISED.finditer(name)}
    return {fold(word) for word in words if len(word) > 2 and not is_ordinary(word)}


def _like_full_names(text: str, pattern: Guarded) -> Iterator[NameSpan]:
    for match in pattern.finditer(text):
        place = match.end()
        while other := OTHER_TITLE.match(text, place):
            place = other.end()
        name = name_after(text, place)
        if name is None or (is_ordinary(name.words[0]) and pattern is not _CLOSING):
            continue
        alone = pattern is _KIN and is_given_name(name.words[0]) and fold(name.words[0]) not in AMBIGUOUS
        single = (pattern is _ROLE and _is_alone(match, name, text)) or (
            pattern is _BY and _has_signed(match, name, text)
        )
        pair = len(name.words) > 1 and not any(map(is_ordinary, name.words)) and pattern is not _KIN
        pair = pair and (pattern is not _BY or bool(_WRITTEN.match(match[0])))
        pair = pair and (pattern is not _ROLE or match["sign"] in ":=" or single)
        if alone or single or pair or is_full_name(name):
            yield name.start, name.end
            if pattern in (_ROLE, _BY):
                yield from more_names(text, name.end, several=pattern is _ROLE and bool(match["several"]))


def _is_alone(role: re.Match[str], name: Name, text: str) -> bool:
    """Tell whether what follows a role is all of its cell: "Interne : Lefranc", not "Artère interne : Sténose"."""
    if (
        any(map(is_ordinary, name.words))
        or any(map(is_label, name.words))
        or (name.initials and role["sign"] not in ":=")
    ):
        return False
    if role["sure"] and role["sure"][0] in "Pp" and name.words[0].isupper() and len(name.words[0]) > 3:
        return True
    before = text[max(0, role.start() - 3) : role.start()]
    placed = not before.strip(" \u00a0*_-•") or before.rstrip(" *_")[-1:] in "\n|\t;"
    if not role["sure"] and not _LIKE_SURE.match(role[0]):
        return False
    if not placed and (not role["sure"] or role["sign"] not in ":=" or role[0][0].islower()):
        return False
    return len(name.words[0]) > 2 and bool(_END_OF_CELL.match(text, name.end))


_LIKE_SURE = re.compile(r"(?i:interne|externe|correspondant|référent|vu avec)")


def _has_signed(by: re.Match[str], name: Name, text: str) -> bool:
    """Tell a single name after "validé par", at the end of its line."""
    first = name.words[0]
    return bool(
        _SIGNED.match(by[0])
        and not any(is_ordinary(word) or is_label(word) for word in name.words)
        and (first.istitle() or len(first) > 4)
        and _END_OF_SIGNATURE.match(text, name.end)
    )


_SIGNED = re.compile(r"(?i:r[ée]dig|dict|valid|sign|relu|sais|tap|contresign)")
_END_OF_SIGNATURE = re.compile(r"[ \u00a0]{0,2}(?:[.]?[ \u00a0]{0,2}(?:\n|$)|,? ?le \d|[,|;)\t])")
_BEFORE_MAIL = re.compile(r"((?<![^\W_])[^\W\d_][^\n<>;:\"@]{1,60}?)[\"']? {0,2}<(?=[^\s<>@]{1,64}@)")


def _addressees(text: str, header: re.Match[str]) -> Iterator[NameSpan]:
    """Find the names of a line of a mail's head."""
    for before in _BEFORE_MAIL.finditer(header[1]):
        words = _CAPITALISED.findall(before[1])
        if len(words) > 1 and not is_ordinary(words[0]):
            yield header.start(1) + before.start(1), header.start(1) + before.end(1)
    place = header.start(1)
    for part in re.split(r"([,;<])", header[1]):
        stripped = part.strip(" \u00a0\"'")
        name = name_after(text, place + part.find(stripped)) if stripped else None
        if name and len(name.words) > 1 and is_full_name(name):
            yield name.start, name.end
        place += len(part)


def _beside_given_names(text: str) -> Iterator[NameSpan]:
    """Find a given name with a surname after it, or before it in capitals."""
    place, before = 0, None
    while match := _CAPITALISED.search(text, place):
        place = match.end()
        previous, before = before, match
        if not is_given_name(match[0]) or after_institution(text, match.start()):
            continue
        name = name_after(text, match.start())
        if name and len(name.words) > 1 and _is_pair(name):
            yield name.start, name.end
            place, before = name.end, None
        elif previous and _is_surname_of(previous, match, text):
            yield previous.start(), match.end()


def _is_pair(name: Name) -> bool:
    given, last = name.words[0], name.words[-1]
    if any(is_ordinary(word) for word in name.words[1:]) or len(last) < 2:
        return False
    if fold(given) in AMBIGUOUS:
        return last.isupper() != given.isupper() and last.isupper() and len(last) > 2
    return len(last) > 2 or last.isupper()


def _is_surname_of(surname: re.Match[str], given: re.Match[str], text: str) -> bool:
    between = text[surname.end() : given.start()]
    return (
        between in (" ", "\u00a0", ", ", "  ")
        and surname[0].isupper()
        and len(surname[0]) > 2
        and not _ROMAN.match(surname[0])
        and not is_ordinary(surname[0])
        and not (fold(given[0]) in AMBIGUOUS and given[0].isupper())
        and not after_institution(text, surname.start())
    )
