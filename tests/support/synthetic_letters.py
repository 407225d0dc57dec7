"""Letters of a hospital about people who do not exist, with what points at them marked.

HELD_OUT was written before the patterns were, and no pattern was changed in view of it: its figures are those to
expect of forms that nobody had in mind. TRAIN is what the patterns were written with.
"""

import random
from collections.abc import Iterator

from faker import Faker
from stdnum import iban, luhn

TRAIN = (
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
    "Nom : {NOM_SEUL} Prénom : {PRENOM} Sexe : M",
    "Nom d'usage : {NOM_SEUL}  Nom de naissance : {NOM_SEUL}",
    "Né(e) le : {DATE_NAISSANCE} à {VILLE}",
    "MONSIEUR {NOM_SEUL} est suivi pour un diabète de type 2.",
    "MADAME {NOM} se présente aux urgences.",
    "Courrier du DOCTEUR {NOM_SEUL}",
    "Mr {NOM_SEUL} prend du paracétamol.",
    "Vue ce jour par la Dre {NOM}.",
    "M {NOM_CAPITALES} a été opéré le 12/03/2021.",
    "Mme {NOM} née {NOM_CAPITALES}, 45 ans.",
    "Interne : {NOM_ENTIER}",
    "VILLE : {VILLE}",
    "ADRESSE : {RUE}",
    "Médecin traitant : {NOM_ENTIER}, {RUE}",
    "IBAN : {IBAN}",
    "Connexion depuis {IP} à 12:03.",
    "De : {NOM_ENTIER} <{COURRIEL}>",
    "Cordialement,\n{NOM_ENTIER}",
    "Tél. : {TELEPHONE} - Fax : {TELEPHONE}",
    "Traitement : paracétamol 1 g, 3 fois par jour pendant 10 jours, héparine 5000 UI.",
    "Hémoglobine 12,3 g/dL, plaquettes 250 000/mm3, CRP 45 mg/L le 12/03/2021.",
    "Infection à M. Tuberculosis traitée par quadrithérapie.",
    "Pas d'anomalie du segment PR. Repolarisation normale.",
    "Injection I.M. Kenacort 40 mg, maladie de Crohn connue.",
)

HELD_OUT = (
    "PATIENT : {NOM_CAPITALES} {PRENOM}, DDN : {DATE_NAISSANCE}, NIP : {IDENTIFIANT}",
    "Identité : Mme {NOM} (née le {DATE_NAISSANCE_EN_LETTRES})",
    "Cher confrère, je vous remercie de m'avoir confié Monsieur {NOM}.",
    "J'ai examiné en consultation Mademoiselle {NOM}, née le {DATE_NAISSANCE}.",
    "Mme le Dr {NOM} vous recontactera au {TELEPHONE}.",
    "M. et Mme {NOM_SEUL}, {ADRESSE}",
    "Le Professeur {NOM} a confirmé l'indication opératoire.",
    "Chirurgien : Dr {NOM} ; anesthésiste : Dr {NOM}",
    "Personne de confiance : {NOM_ENTIER}, tél {TELEPHONE}",
    "Personne à prévenir : {NOM_ENTIER} (épouse) au {TELEPHONE}",
    "Nom de jeune fille : {NOM_SEUL}",
    "Nom marital : {NOM_SEUL} | Prénoms : {PRENOM} {PRENOM}",
    "Domicilié {ADRESSE}.",
    "Lieu de naissance : {VILLE}",
    "Résidant au {ADRESSE}, le patient vit seul.",
    "Ordonnance rédigée par {NOM_ENTIER}, interne du service.",
    "Signé électroniquement par {NOM_ENTIER} le 03/02/2022 à 14h12",
    "Dicté par le Dr {NOM}, relu le 12/02/2021.",
    "Confraternellement\nDr {NOM}",
    "N° FINESS : {FINESS}    N° RPPS : {RPPS}",
    "Immatriculation : {NIR}",
    "Numéro de séjour : {IDENTIFIANT} - IEP {IDENTIFIANT}",
    "Courriel : {COURRIEL}",
    "Portable {TELEPHONE} / domicile {TELEPHONE}",
    "Appel du fils, {NOM_ENTIER}, le 12/03.",
    "{NOM_CAPITALES} {PRENOM}, né le {DATE_NAISSANCE}, entré le 04/05/2021",
    "Dossier consultable : https://dossiers.hopital.example/patients/{NOM_LIEN}",
    "Virement sur le compte {IBAN} de la patiente.",
    "Adresse IP {IP}",
    "Cc : {NOM_ENTIER} <{COURRIEL}>; {NOM_ENTIER} <{COURRIEL}>",
    "À l'attention du Docteur {NOM}, {ADRESSE}",
    "Votre patient monsieur {NOM} a été revu ce jour.",
    "Bilan : PR Négative, TR : PR Souple, ECG : PR Normal, QRS fins.",
    "Mme. Signes vitaux stables. Score de Glasgow 15, Apgar 10, Hôpital Necker.",
    "Signe de Babinski absent, maladie de Parkinson, DOLIPRANE 1000 mg, VOLTARENE LP 75.",
    "Culture positive à M. Avium, E. Coli et P. Aeruginosa ; Fr 12000 Leucocytes.",
)

Marked = tuple[str, list[tuple[int, int, str]]]  # a text, and (start, end, kind) of what is personal in it
TITLE_CASE = ("d'Ormesson", "de La Tour", "O'Brien", "N'Diaye", "Ben Salah", "El Khoury", "Le Goff", "Da Silva")


def letters(count: int, *, seed: int, templates: tuple[str, ...] = TRAIN) -> Iterator[Marked]:
    """Write letters of some sentences each."""
    draws, fake = random.Random(seed), Faker("fr_FR")
    fake.seed_instance(seed)
    for _ in range(count):
        text, spans = "", []
        for sentence in draws.sample(templates, k=6):
            for number, part in enumerate(sentence.replace("{", "}").split("}")):
                value = made(part, fake, draws) if number % 2 else part
                if number % 2:
                    spans.append((len(text), len(text) + len(value), KINDS.get(part, part)))
                text += value
            text += "\n"
        yield text, spans


KINDS = {
    **dict.fromkeys(("NOM_SEUL", "NOM_CAPITALES", "NOM_ENTIER", "PRENOM"), "NOM"),
    **dict.fromkeys(("RUE", "VILLE"), "ADRESSE"),
    "DATE_NAISSANCE_EN_LETTRES": "DATE_NAISSANCE",
    "NOM_LIEN": "URL",
}


def made(kind: str, fake: Faker, draws: random.Random) -> str:
    """Invent one value."""
    if kind.startswith(("NOM", "PRENOM")):
        return _name(kind, fake, draws)
    if kind == "ADRESSE":
        return str(fake.address()).replace("\n", draws.choice((", ", " ")))
    if kind == "RUE":
        return str(fake.street_address())
    if kind == "VILLE":
        return str(draws.choice((fake.city(), fake.city().upper())))
    if kind == "TELEPHONE":
        return _telephone(fake, draws)
    if kind == "COURRIEL":
        return str(fake.email())
    if kind.startswith("DATE_NAISSANCE"):
        return _date(kind, fake, draws)
    if kind == "NIR":
        bare = str(fake.ssn())
        spaced = " ".join((bare[0], bare[1:3], bare[3:5], bare[5:7], bare[7:10], bare[10:13], bare[13:]))
        return draws.choice((bare, spaced))
    if kind == "RPPS":
        digits = f"10{draws.randrange(10**8):08d}"
        return digits + str(luhn.calc_check_digit(digits))
    if kind == "FINESS":
        return f"{draws.randrange(1, 96):02d}{draws.randrange(10**7):07d}"
    if kind == "IBAN":
        return draws.choice((str(fake.iban()), iban.format(fake.iban())))
    if kind == "IP":
        return str(fake.ipv4())
    return f"{draws.randrange(10**9, 10**10)}"


def _name(kind: str, fake: Faker, draws: random.Random) -> str:
    first, last = fake.first_name(), draws.choice((*[fake.last_name()] * 5, draws.choice(TITLE_CASE)))
    if kind == "PRENOM":
        return draws.choice((first, first.upper()))
    if kind == "NOM_SEUL":
        return draws.choice((last, last.upper()))
    if kind == "NOM_CAPITALES":
        return str(last).upper()
    if kind == "NOM_LIEN":
        return f"{last}-{first}".replace(" ", "-").lower()
    if kind == "NOM_ENTIER":
        return draws.choice((f"{first} {last}", f"{first} {last.upper()}", f"{last.upper()} {first}"))
    return draws.choice((f"{first} {last}", f"{first} {last.upper()}", last.upper(), f"{first[0]}. {last}"))


def _telephone(fake: Faker, draws: random.Random) -> str:
    pairs = str(fake.numerify("0%########"))
    separator = draws.choice((" ", ".", "-", "", "\u00a0", "/"))
    spelled = separator.join(pairs[place : place + 2] for place in range(0, 10, 2))
    return draws.choice((str(fake.phone_number()), spelled))


MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
DAYS = (
    "premier", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "seize",
)  # fmt: skip
YEARS = ("mille neuf cent quarante-deux", "mille neuf cent soixante et onze", "mil neuf cent cinquante", "deux mille")


def _date(kind: str, fake: Faker, draws: random.Random) -> str:
    date = fake.date_of_birth()
    if kind == "DATE_NAISSANCE_EN_LETTRES":
        words = f"{draws.choice(DAYS)} {draws.choice(MONTHS)} {draws.choice(YEARS)}"
        return draws.choice((words, f"{date.day} {MONTHS[date.month - 1]} 1950"))
    spelled = f"{date.day} {MONTHS[date.month - 1]} {date.year}"
    return draws.choice((*map(date.strftime, ("%d/%m/%Y", "%d.%m.%y", "%d-%m-%Y")), spelled))
