"""Letters of a hospital about people who do not exist, with what points at them marked."""

import random
from collections.abc import Iterator

from faker import Faker
from stdnum import luhn

SENTENCES = (
    "Madame {NOM}, née le {DATE_NAISSANCE}, a été hospitalisée pour une pneumopathie.",
    "Monsieur {NOM} (né le {DATE_NAISSANCE}) se plaint d'une dyspnée depuis trois jours.",
    "M. {NOM}, demeurant {ADRESSE}, est adressé pour une douleur thoracique.",
    "Mme {NOM} habite {ADRESSE} avec son mari.",
    "Adressé par le Dr {NOM} (RPPS {RPPS}), téléphone {TELEPHONE}.",
    "Docteur {NOM}, RPPS : {RPPS}, FINESS : {FINESS}",
    "Nom : {NOM}",
    "NIR : {NIR}, IPP : {IDENTIFIANT}",
    "N° de sécurité sociale {NIR}. Dossier n° de dossier {IDENTIFIANT}.",
    "Contact : {COURRIEL} ou {TELEPHONE}.",
    "La patiente, joignable au {TELEPHONE}, a donné son accord.",
    "Compte rendu à envoyer à {COURRIEL}.",
    "Date de naissance : {DATE_NAISSANCE}",
    "Suivie par le Pr {NOM} au centre (FINESS {FINESS}).",
    "{NOM} a été revu en consultation.",
    "Traitement : paracétamol 1 g, 3 fois par jour pendant 10 jours, héparine 5000 UI.",
    "Hémoglobine 12,3 g/dL, plaquettes 250 000/mm3, CRP 45 mg/L le 12/03/2021.",
)

Marked = tuple[str, list[tuple[int, int, str]]]  # a text, and (start, end, kind) of what is personal in it


def letters(count: int, *, seed: int) -> Iterator[Marked]:
    """Write letters of some sentences each, one a line."""
    draws, fake = random.Random(seed), Faker("fr_FR")
    fake.seed_instance(seed)
    for _ in range(count):
        text, spans = "", []
        for sentence in draws.sample(SENTENCES, k=6):
            for part in sentence.replace("{", "}").split("}"):
                if part.isupper() and part.replace("_", "").isalpha() and "{" + part + "}" in sentence:
                    value = _value(part, fake, draws)
                    spans.append((len(text), len(text) + len(value), part))
                    text += value
                else:
                    text += part
            text += "\n"
        yield text, spans


def _value(kind: str, fake: Faker, draws: random.Random) -> str:
    if kind == "NOM":
        first, last = fake.first_name(), fake.last_name()
        return draws.choice((f"{first} {last}", f"{first} {last.upper()}", last.upper(), f"{first[0]}. {last}"))
    if kind == "ADRESSE":
        return str(fake.address()).replace("\n", draws.choice((", ", " ")))
    if kind == "TELEPHONE":
        return str(fake.phone_number())
    if kind == "COURRIEL":
        return str(fake.email())
    if kind == "DATE_NAISSANCE":
        return fake.date_of_birth().strftime(draws.choice(("%d/%m/%Y", "%d.%m.%y", "%d-%m-%Y")))
    if kind == "NIR":
        bare = str(fake.ssn())
        spaced = " ".join((bare[0], bare[1:3], bare[3:5], bare[5:7], bare[7:10], bare[10:13], bare[13:]))
        return draws.choice((bare, spaced))
    if kind == "RPPS":
        digits = f"10{draws.randrange(10**8):08d}"
        return digits + str(luhn.calc_check_digit(digits))
    if kind == "FINESS":
        return f"{draws.randrange(1, 96):02d}{draws.randrange(10**7):07d}"
    return f"{draws.randrange(10**9, 10**10)}"
