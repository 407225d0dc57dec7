"""Texts that were read, what was to be written and what was written, with faults that one counts by hand."""

from alambic.stages.evaluate.metrics._sources import Sources
from alambic.tasks.examples import Example

NAMES = {
    "DRUG/N02BE01": ("paracetamol", "doliprane"),
    "DRUG/J01CA04": ("amoxicilline",),
    "DRUG/B01AA03": ("warfarine", "coumadine"),
    "DISEASE": ("fievre", "pneumonie", "embolie pulmonaire", "diabete", "diabete de type 2"),
}
CODES = {
    "J18.9": ("Pneumopathie, sans précision", "PNEUMOPATHIE SAI"),
    "I26.9": ("Embolie pulmonaire, sans mention de cœur pulmonaire aigu", "EMBOLIE PULM. SANS COEUR PULM. AIGU"),
    "N17.9": ("Insuffisance rénale aiguë, sans précision", "INSUF. RENALE AIGUE SAI"),
}
READ = (
    "Un homme de 55 ans, suivi pour un diabète de type 2, consulte pour une pneumonie traitée par amoxicilline 1 g "
    "trois fois par jour. Il n'a pas de fièvre.",
    "Le scanner ne montre pas d'embolie pulmonaire. La patiente reçoit du Doliprane 500 mg et rentre à domicile.",
    "Une pneumonie est suivie d'une fièvre pendant 12 jours.",
)
GOLD = ("Pneumonie chez un diabétique sans fièvre", "Absence d'embolie pulmonaire", "Pneumonie fébrile")
# Of the first: 55 is there, 500 is not; fever is affirmed; four words in a row are copied, and five. Of the second:
# paracetamol is Doliprane, warfarin is invented; the embolism is denied in other words.
WRITTEN = (
    "Homme de 55 ans, diabète, une pneumonie traitée par amoxicilline 500 mg, fièvre.",
    "Embolie pulmonaire exclue, paracétamol, ajout de warfarine 2 fois.",
    "",
)
CODE_TEXTS = ("INSUFFISANCE RENALE AIGUE, SANS PRECISION", "Embolie pulmonaire sans mention de coeur", "fracture")
CODE_OF = ("N17.9", "I26.9", "J18.9")


def summaries():
    """Give what a metric of summaries takes."""
    examples = [Example(str(n), text, gold) for n, (text, gold) in enumerate(zip(READ, GOLD, strict=True))]
    return list(GOLD), list(WRITTEN), Sources(examples, [], label_texts=NAMES)


def wordings():
    """Give what a metric of normalised wordings takes: two of three have their code."""
    examples = [Example(code, CODES[code][1], CODES[code][0], attributes={"code": code}) for code in CODE_OF]
    return [example.gold for example in examples], list(CODE_TEXTS), Sources(examples, [], label_texts=CODES)
