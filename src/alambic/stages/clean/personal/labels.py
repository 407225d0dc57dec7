"""Names after a label of a form: "Nom : X", "Nom/Prénom : X / Y", "Médecin traitant : X", "| Nom | X |"."""

import re
from collections.abc import Iterator

from alambic.stages.clean.personal.characters import BLANK, UPPER, Guarded, fold
from alambic.stages.clean.personal.name_shapes import Value, labelled_value, value_below
from alambic.stages.clean.personal.ordinary_words import LABEL_WORDS, is_label, is_of_medicine, is_ordinary

_NAME = r"(?:noms?|pr[ée]noms?)(?:\(s\))?"
_WHO = (
    r"(?:usage|usuels?|utilisée?|naissance|naiss\.?|famille|jeune fille|épou(?:se|x)|marital|patronymique"
    r"|complet|(?:l['’])?état[ -]civil|patient(?:e|\(e\))?|malade|médecin(?: [a-zé]{3,15})?"
    r"|praticien(?:ne)?|m[èe]re|p[èe]re|parents?|enfant|bébé|nouveau[- ]n[ée]e?|nourrisson|assurée?"
    r"|bénéficiaire|correspondante?|conjointe?|aidante?|tuteur|tutrice|curateur|curatrice|proche"
    r"|personne (?:de confiance|à prévenir|à contacter)|représentant(?: légal)?|responsable|référente?"
    r"|interne|externe|chirurgien(?:ne)?|anesthésiste|opérateur|opératrice|infirmi[èe]re?|ide|soignante?"
    r"|kinésithérapeute|pharmacien(?:ne)?|sage-femme|secrétaire|prescripteur|prescriptrice|signataire"
    r"|rédacteur|rédactrice|auteur|destinataire|expéditeur|demandeur|déclarante?|accompagnante?|contact"
    r"|usag[èe]re?|résidente?|donneur|receveur|défunte?|agent|salariée?|cardiologue|radiologue|psychiatre"
    r"|psychologue|consultante?|intervenante?|examinateur|investigateur|époux"
    r")"
)
_OF = rf"(?:d['’]|de l['’]|de la |de l |de |du |des |le |la )?{BLANK}?"
_LABEL = Guarded(
    r"(?<![\w<])(?i:(?:(?:1er|premier|deuxième|second|autres?) )?"
    rf"(?P<what>{_NAME}|patronyme|identité|(?:first|last|family|given) ?name|surname)"
    rf"(?P<and>{BLANK}?(?:et|/|,|-|&|\+|{BLANK}){BLANK}?{_NAME})?"
    rf"(?P<of>(?:{BLANK}{{1,2}}(?:et{BLANK})?(?:{_OF})?{_WHO}){{1,2}}"
    rf"|{BLANK}?\({BLANK}?(?:(?:{_OF})?{_WHO}|en [a-z ]{{4,20}}|majuscules?|capitales?){BLANK}?\)|))"
    r"(?:\(s\)|s)?[\"'*_]{0,4}"
    r"(?P<sign>[ \t\u00a0]{0,4}(?:[.…_]{2,60}[ \u00a0]{0,3}[:=]?|[:=]|\||→|[-=]>|[–—-](?=[ \u00a0])|;(?=\S)|\t|  ))"
    r"[ \t\u00a0]{0,6}[\"'«“*_]{0,4}[ \u00a0]?",
    "nom",
    "name",
    "identité",
    "patronyme",
)
_ALONE = Guarded(rf"(?m)^[ \t]{{0,8}}(?i:{_NAME}|patronyme)[ \t]{{0,4}}(?=\n)", "nom", "patronyme")
_CAPITAL_LABEL = Guarded(
    rf"(?m)(?<![\w<])(?:NOM|PRENOM|PRÉNOM)(?: DE NAISSANCE| D['’]USAGE)?{BLANK}{{1,3}}(?=[{UPPER}])", "nom"
)
_NEXT = re.compile(r"[ \u00a0]?[/,;&+|-][ \u00a0]?")
_PERSON = re.compile(r"(?i)pr[ée]nom|n[ée]e? le|n[ée]\(e\)|naissance|\bddn\b|\bsexe\b|\bipp\b|\bâge\b|\bpatient")
# A dose after the value, or the label of one: the name of a medicine, of a measure, of a germ.
_DOSE = re.compile(
    r"(?i)[ \u00a0]{0,2}\(?\d{1,6}(?:[.,]\d{1,3})?[ \u00a0]?"
    r"(?:mg|g|µg|mcg|ml|ui|%|mmol|µmol|cp|gél|mui|ch|/|h|$|\n|\)|;|,)"
)
_THING = re.compile(
    r"(?i)[\s|;,.]{1,4}(?:dosages?|posologie|doses?|voie|dci|forme|présentation|substance|molécule|laboratoire|unités?|"
    r"valeur|résultat|concentration|indication|lot|fabricant|amm|cip|atc|norme|version|format|taille du fichier)\b"
    r"[^\n:=|\t;]{0,30}[:=|\t;]"
)


def labelled(text: str) -> Iterator[tuple[int, int]]:
    """Find names after labels."""
    for match in _LABEL.finditer(text):
        yield from _values(text, match)
    for match in _CAPITAL_LABEL.finditer(text):
        if value := labelled_value(text, match.end(), any_case=False):
            yield value.start, value.end
    for match in _ALONE.finditer(text):
        if value := value_below(text, match.end()):
            if not any(is_label(word) or is_ordinary(word) for word in value.words):
                yield value.start, value.end


def _values(text: str, label: re.Match[str]) -> Iterator[tuple[int, int]]:
    sure = label["sign"].rstrip()[-1:] in (":", "=")
    if not sure and not _BEGINS_A_CELL.search(text[max(0, label.start() - 6) : label.start()]):
        return
    place = label.end()
    if not sure and not ((first := _FIRST.match(text, place)) and first[0][0].isupper() and not is_label(first[0])):
        return
    bare = not label["and"] and not label["of"] and label["what"].casefold().startswith("nom")
    for number in range(4 if label["and"] else 1):
        value = labelled_value(text, place, any_case=sure, weak=not sure)
        if value is None or (bare and _is_thing(text, value, label.start())):
            return
        if (number or not sure) and any(is_label(word) or is_ordinary(word) for word in value.words):
            return
        yield value.start, value.end
        between = _NEXT.match(text, value.end)
        if between is None:
            return
        place = between.end()


_FIRST = re.compile(r"[^\W\d_]{1,40}")
_BEGINS_A_CELL = re.compile(r"(?:^|[\n|\t;•·*>:-]|  |^ )[ \u00a0*_\"']{0,4}$")


def _is_thing(text: str, value: Value, start: int) -> bool:
    """Tell the name of a medicine, a germ, a measure: by itself, by its dose, by the label that follows."""
    if _PERSON.search(text[max(0, start - 60) : start]) or _PERSON.search(text[value.end : value.end + 60]):
        return False
    first = value.words[0]
    return (
        fold(first) in LABEL_WORDS
        or is_of_medicine(first)
        or bool(_DOSE.match(text, value.end))
        or bool(_THING.match(text, value.end))
    )
