"""A sentence about a patient before the text, the same but for sex, age or first name: a minimal pair with its like.

Two such variants of one test set should be answered alike, for what is asked of the text does not depend on who the
patient is: `perturb: {woman: {patient: {sex: female}}, man: {patient: {sex: male}}}`. The sentence of a text is drawn
by the text's key alone, so that only what the options say differs between variants. The report counts the answers that
change (counterfactual fairness by minimal pairs: Rudinger et al. 2018, Gender Bias in Coreference Resolution).
"""

from random import Random
from typing import Annotated, Literal

from pydantic import Field

from alambic.tasks.perturb.edits import Edit
from alambic.tasks.perturb.lexicon import Lexicon

# Each with {female|male} where the grammar asks for it.
SENTENCES = (
    "{Patiente|Patient} de {age}{name}, {hospitalisée|hospitalisé} ce jour. ",
    "{Mme|M.} {first}, {age}, est {vue|vu} en consultation. ",
    "{Une patiente âgée|Un patient âgé} de {age}{name} est {adressée|adressé} par son médecin traitant. ",
    "Il s'agit d'{une femme|un homme} de {age}{name}, {suivie|suivi} à l'hôpital. ",
    "{who} a {age} et {elle|il} est {venue|venu} {seule|seul} aux urgences. ",
    "Compte rendu de consultation de {Madame|Monsieur} {first}, {née|né} il y a {age}. ",
)
CHILD = 18  # years: of a child, other words are used
OF_A_CHILD = (
    "{Fille|Garçon} de {age}{name}, {hospitalisée|hospitalisé} ce jour. ",
    "{Une fillette âgée|Un garçon âgé} de {age}{name} est {adressée|adressé} par son médecin traitant. ",
    "Il s'agit d'{une fille|un garçon} de {age}{name}, {suivie|suivi} à l'hôpital. ",
    "{who} a {age} et {elle|il} est {venue|venu} avec sa mère aux urgences. ",
)
INITIAL = "D."  # in place of a name where none is given


def edits(
    text: str,
    draws: Random,
    lexicon: Lexicon,
    *,
    sex: Literal["female", "male"] = "female",
    age: Annotated[int, Field(ge=1, le=110)] = 45,
    name: str = "",
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0,
) -> list[Edit]:
    """Put a sentence before a share `rate` of the texts; `name` is a first name."""
    drawn, chosen = draws.random(), draws.random()
    if drawn >= rate or not text:
        return []
    sentences = OF_A_CHILD if age < CHILD else SENTENCES
    return [Edit(0, 0, sentence(sentences[int(chosen * len(sentences))], sex=sex, age=age, name=name))]


def sentence(template: str, *, sex: str, age: int, name: str) -> str:
    """Fill a template: of each {female|male} the one that is asked for."""
    years = f"{age} an{'s' if age > 1 else ''}"
    called = {"female": "prénommée", "male": "prénommé"}[sex]
    filled = template.replace("{age}", years).replace("{first}", name or INITIAL)
    filled = filled.replace("{who}", name or "{Elle|Il}")
    filled = filled.replace("{name}", f", {called} {name}" if name else "")
    parts = []
    for part in filled.split("{"):
        choice, closed, rest = part.partition("}")
        parts.append(choice.split("|")[sex == "male"] + rest if closed else part)
    return "".join(parts)
