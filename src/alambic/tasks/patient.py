"""Sex and age of the patient of a French clinical text, where the text tells them; nothing where it leaves a doubt.

What is read is the grammar and the vocabulary of the text, such as "patiente de 45 ans", "un nourrisson", "Mme". It is
right or silent rather than complete: `docs/explanation/groups.md` has its precision on clinical cases.
"""

import re
from dataclasses import dataclass

FEMALE, MALE = "female", "male"
AGE_CLASSES = ("0-1", "2-17", "18-64", "65+")  # years; both ends are within
FIRST_YEARS = (0, 2, 18, 65)

# Relatives are no patients: "sa femme", "la fille de la patiente", "sage-femme", "accouché d'un garçon".
_NOT_RELATED = r"(?<!\bsa )(?<!\bson )(?<!\bses )(?<!\bleur )(?<!\bsage-)(?<!\bsages-)"
_OF_ANOTHER = r"(?! (?:du|de la|de l['’]) ?(?:patiente?|malade|couple))"
_BIRTH = re.compile(
    r"\b(?:accouch\w+|naissance|extraction|donn\w+ (?:le jour|naissance)(?: à)?|extrait\w*|mis\w* au monde)\b"
    r"[^.;\n]{0,60}$",
    re.IGNORECASE,
)
_SPECIFIC = {
    FEMALE: re.compile(
        rf"{_NOT_RELATED}\b(?i:femme|fille|fillette|dame|veuve|adolescente|parturiente|gestante)\b{_OF_ANOTHER}"
        r"|\b(?:Mme|Mlle|Madame|Mademoiselle)\b|\b(?i:sexe f[ée]minin|primi(?:geste|pare)|multi(?:geste|pare))\b"
        r"|\b(?i:m[ée]nopaus[ée]e)\b"
    ),
    MALE: re.compile(
        rf"{_NOT_RELATED}\b(?i:homme|gar[cç]on|gar[cç]onnet|adolescent)\b{_OF_ANOTHER}"
        r"|\b(?:Monsieur|Mr)\b|\bM\. (?=[A-ZÉÈ])|\b(?i:sexe masculin)\b"
    ),
}
_GENERAL = {  # a masculine may stand for either, a feminine may not
    FEMALE: re.compile(r"\bpatiente\b|\b(?:une|la|cette) (?:jeune )?malade\b|\bune enfant\b", re.IGNORECASE),
    MALE: re.compile(
        r"\b(?:un|le|ce|du|au|notre|jeune|autre) (?:jeune )?(?:patient|malade)\b|^\s*patient\b", re.IGNORECASE
    ),
}
# Not of whoever else is told to be that old: "sa mère âgée de".
_AGED = re.compile(r"(?<!mère )(?<!sœur )(?<!soeur )(?<!épouse )(?<!femme )(?<!personne )\bâgée de\b")
_SEVERAL = re.compile(
    r"\b(?:observation|cas|patiente?)\s*(?:clinique\s*)?(?:n\s*[°o]\s*|numéro\s*)?:?\s*(?:2|II|deux)\b(?!\s*(?:ans|mois))"
    r"|\b(?:deuxième|second|2\s*[eè]me) (?:cas|observation|patiente?)\b",
    re.IGNORECASE,
)
_PERSON = (
    r"(?:patiente?|homme|femme|gar[cç]on(?:net)?|fille(?:tte)?|enfant|nourrisson|nouveau[- ]n[ée]e?|adolescente?|"
    r"malade|dame|sujet|personne|Mme|Mlle|Madame|Mademoiselle|Monsieur|Mr|M\.|parturiente|primi(?:geste|pare)|bébé|"
    r"prématurée?|jumeau|"
    r"sexe (?:f[ée]minin|masculin)|âgée?s?|agée?s?)"
)
_UNITS = r"(?P<unit>ans?|mois|semaines?|jours?|heures?)"
_AGE = re.compile(
    rf"{_NOT_RELATED}\b{_PERSON}(?P<between>(?:[^.;:\n]|(?<=[A-ZÉr])\.){{0,60}}?)"
    rf"\b(?P<number>\d{{1,3}}(?:[.,]\d)?)\s*{_UNITS}\b",
    re.IGNORECASE,
)
# Between the person and the number these make it the length of something else, or an age long past.
_OTHER_TIME = re.compile(
    r"depuis|il y a|pendant|durant|apr[èe]s|suivie?|dur[ée]e|dans|au bout|à l['’][âa]ge|dès l['’][âa]ge|avant|"
    r"jusqu|m[èe]re|p[èe]re|fils|enfants|mari|[ée]poux|[ée]pouse|sœur|soeur|frère|semaines d|ant[ée]c[ée]dents?|fumeu",
    re.IGNORECASE,
)
_BORN = re.compile(r"\b(?:un|une|ce|cette|notre) (?:\w+ )?(nouveau[- ]n[ée]e?|nourrisson|prématurée?)\b", re.IGNORECASE)
_CHILD = re.compile(r"\b(?:un|une) (?:jeune )?(fillette|gar[cç]onnet|adolescente?)\b", re.IGNORECASE)
_YEARS_IN = {"a": 1.0, "m": 1 / 12, "s": 7 / 365, "j": 1 / 365, "h": 1 / 8760}
OLDEST = 115


@dataclass(frozen=True)
class Patient:
    """What a text tells of its patient; empty where it does not."""

    sex: str = ""  # FEMALE or MALE
    age_class: str = ""  # of AGE_CLASSES

    def as_attributes(self) -> dict[str, str]:
        """Name both, as attributes of examples are named."""
        return {"sex": self.sex, "age_class": self.age_class}


def read_patient(text: str) -> Patient:
    """Read a text for its patient.

    Of several patients, as in a series of cases, none is told.
    "Patiente de 45 ans, suivie depuis 10 ans" -> Patient("female", "18-64")
    """
    return Patient() if _SEVERAL.search(text) else Patient(_sex(text), _age_class(text))


def age_class(years: float) -> str:
    """Name the class of an age in years; empty for one that nobody has."""
    if not 0 <= years <= OLDEST:
        return ""
    return AGE_CLASSES[sum(years >= first for first in FIRST_YEARS) - 1]


def _sex(text: str) -> str:
    specific, general = _occurrences(_SPECIFIC, text), {sex for _, sex in _occurrences(_GENERAL, text)}
    sexes = {sex for _, sex in specific}
    if len(sexes) == 2:  # a couple, a mother and her child: the one whose age is told, where that is one
        sexes = {sex for end, sex in specific if re.match(r"[^.;:\n]{0,25}?\b\d+\s*(?:ans|mois)", text[end:])}
        return sexes.pop() if len(sexes) == 1 else ""
    if sexes:
        return "" if sexes == {MALE} and FEMALE in general else sexes.pop()
    if FEMALE in general:
        return FEMALE
    if _AGED.search(text):
        return "" if MALE in general else FEMALE
    return MALE if general else ""


def _occurrences(patterns: dict[str, re.Pattern[str]], text: str) -> list[tuple[int, str]]:
    """Give where each word that tells a sex ends, and the sex; not of a child that is born in the text."""
    found = [(match, sex) for sex, pattern in patterns.items() for match in pattern.finditer(text)]
    return sorted((match.end(), sex) for match, sex in found if not _BIRTH.search(text[: match.start()]))


def _age_class(text: str) -> str:
    for match in _AGE.finditer(text):
        if _OTHER_TIME.search(match["between"]):
            continue
        number = float(match["number"].replace(",", "."))
        return age_class(number * _YEARS_IN[match["unit"][0].lower()])
    if _BORN.search(text):
        return AGE_CLASSES[0]
    return AGE_CLASSES[1] if _CHILD.search(text) else ""
