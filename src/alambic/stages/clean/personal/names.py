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
from alambic.stages.clean.personal.name_shapes import (
    FIRST_LOWER,
    Name,
    is_full_name,
    labelled_value,
    name_after,
    name_before,
)
from alambic.stages.clean.personal.ordinary_words import is_given_name, is_ordinary, is_sentence_word

NameSpan = tuple[int, int]
_NO = r"(?<![\w.<@/&'’-])"
_STRONG = (
    r"[Dd]octeure?s?|DOCTEURE?|[Dd]octoresse|[Pp]rofesseure?|PROFESSEURE?|[Mm]onsieur|MONSIEUR|[Mm]adame|MADAME|"
    r"[Mm]ademoiselle|MADEMOISELLE|[Mm]mes?|MME|[Mm]lle|MLLE|[Mm]elle|[Mm]rs?|Dre|dre|Drs|[Mm]aître|[Mm]essieurs|MM\.|"
    r"[Nn]ommée?|[Pp]rénommée?|[Ss]urnommée?|[Vv]euve|VEUVE|[Vv]ve|[Éé]pouse|EPOUSE|[Éé]p\.|alias|Me\b"
)
_TITLE = re.compile(
    rf"{_NO}(?:(?P<strong>{_STRONG})(?!\w)|(?P<medium>M\.|[Dd]r(?!\w)|Pr(?!\w)|pr\.|{SURELY_BORN})|"
    rf"(?P<weak>(?:DR|PR|MR|M|pr|NEE|Enfant|Bébé|BEBE|ENFANT)(?![\w'’])))(?P<point>\.?)(?:{BLANK}{{1,3}}|(?<=\.))"
)
_OTHER_TITLE = re.compile(
    r"(?:(?:et|ou|\(?e\)?|le|la|l['’]|ma|son|sa)[ \u00a0](?:M\.[ \u00a0]{1,2})?)?(?:[Dd]octeur|DOCTEUR"
    r"|[Pp]rofesseur|PROFESSEUR|Mme\.?|MME|[Mm]adame|"
    r"MADAME|[Mm]onsieur|MONSIEUR|Mlle|[Dd]re?\.?|DR\.?|Pr\.?|PR\.?|Mr)(?!\w)[ \u00a0]{1,2}"
)
_HEART = re.compile(
    r"(?:segment|espace|intervalle|onde|long|court|sous-décalage|type|pic|stade|sexe|bloc)[ :]{1,3}$", re.I
)
_LABEL = Guarded(
    r"(?<![\w<])(?:(?i:noms?|prénoms?|prenoms?|patronyme|identité|nom[ -/]{1,3}pr[ée]noms?)|NOMS?|first ?name"
    r"|last ?name|surname)"
    r"(?:\(s\))?"
    rf"(?i:{BLANK}(?:et|/){BLANK}pr[ée]noms?|{BLANK}(?:d['’]|de{BLANK}|du{BLANK}|de la{BLANK}|marital"
    rf"|patronymique|usuel|complet|de l['’])?"
    r"(?:usage|naissance|famille|jeune fille|épouse|patiente?|médecin|praticien|m[èe]re|p[èe]re|enfant"
    r"|assurée?|correspondant|conjoint)?)?"
    r"(?:\(s\)|s)?[\"']?[ \t\u00a0]{0,4}(?P<sign>[:=]|\t|  )[ \t\u00a0]{0,6}[\"']?",
    "nom",
    "name",
    "identité",
    "patronyme",
)
_CAPITAL_LABEL = Guarded(
    rf"(?m)(?<![\w<])(?:NOM|PRENOM|PRÉNOM)(?: DE NAISSANCE| D['’]USAGE)?{BLANK}{{1,3}}(?=[{UPPER}])", "nom"
)
_ROLE = Guarded(
    r"(?<![\w<])(?:(?i:patiente?|malade|interne|externe|médecins?|chirurgien(?:ne)?|anesthésiste|radiologue"
    r"|cardiologue|opérateur|opératrice|aides?|"
    r"assistant|infirmi[eè]re?|ide|ibode|iade|sage-femme|kinésithérapeute|pharmacien(?:ne)?|secrétaire"
    r"|correspondant|destinataire|expéditeur|"
    r"prescripteur|praticien|rédacteur|auteur|signataire|assurée?|contact|tuteur|tutrice|conjointe?"
    r"|responsable|référente?|chef de clinique|"
    r"personne (?:de confiance|à prévenir|à contacter)|signé|vu avec|avis)"
    r"(?: (?:traitant|référent|prescripteur|adresseur|du patient|responsable|opérateur|senior|de garde"
    r"|coordonnées?|hospitalier|légal))?)"
    rf"{BLANK}{{0,3}}[:=]{BLANK}{{0,4}}",
    ":",
    "=",
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
_END_OF_CELL = re.compile(r"[ \u00a0]{0,2}(?:[,;(|\n]|$)")
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
    yield from _titled(text)
    yield from _labelled(text)
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


def _titled(text: str) -> Iterator[NameSpan]:
    place = 0
    if not _HAS_CAPITAL.search(text):
        return
    while match := _TITLE.search(text, place):
        place = match.end()
        if match["weak"] and _HEART.search(text[max(0, match.start() - 16) : match.start()]):
            continue
        while other := _OTHER_TITLE.match(text, place):
            place = other.end()
        name = name_after(text, place)
        if name and _fits(match, name, text):
            yield name.start, name.end
            place = name.end
        elif not name and match["medium"] in ("Dr", "dr", "Dr.", "dr.") and (lower := FIRST_LOWER.match(text, place)):
            yield lower.span()


def _fits(title: re.Match[str], name: Name, text: str) -> bool:
    """Tell whether what follows a title is a name, by how sure the title is."""
    first = name.words[0]
    if name.initials or text[name.start + 1] == ".":
        return not title["weak"] or len(name.words) > 1
    if title["weak"]:
        shouted = first.isupper() and len(first) > 2
        before = text[max(0, title.start() - 12) : title.start()].rstrip(" \u00a0")
        placed = title["weak"] == "M" and (
            not before or before[-1] in "\n,;(:-" or before.endswith((" de", " par", " que", " chez", " et"))
        )
        shouted = shouted and not title["weak"].casefold().startswith(("enfant", "b"))
        return not is_ordinary(first) and (shouted or is_given_name(first) or placed)
    if title["medium"] or title["point"]:
        return not is_ordinary(first)
    return not is_sentence_word(first) and not (is_ordinary(first) and not first.isupper())


def _labelled(text: str) -> Iterator[NameSpan]:
    for match in _LABEL.finditer(text):
        if value := labelled_value(text, match.end(), any_case=match["sign"] in ":="):
            yield value
    for match in _CAPITAL_LABEL.finditer(text):
        if value := labelled_value(text, match.end(), any_case=False):
            yield value


def _like_full_names(text: str, pattern: Guarded) -> Iterator[NameSpan]:
    for match in pattern.finditer(text):
        place = match.end()
        while other := _OTHER_TITLE.match(text, place):
            place = other.end()
        name = name_after(text, place)
        if name is None or (is_ordinary(name.words[0]) and pattern is not _CLOSING):
            continue
        alone = pattern is _KIN and is_given_name(name.words[0]) and fold(name.words[0]) not in AMBIGUOUS
        shouted = name.words[0].isupper() and len(name.words[0]) > 3
        single = pattern is _ROLE and match[0][0] in "Pp" and (shouted or bool(_END_OF_CELL.match(text, name.end)))
        pair = len(name.words) > 1 and not any(map(is_ordinary, name.words)) and pattern is not _KIN
        pair = pair and (pattern is not _BY or bool(_WRITTEN.match(match[0])))
        if alone or single or pair or is_full_name(name):
            yield name.start, name.end


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
