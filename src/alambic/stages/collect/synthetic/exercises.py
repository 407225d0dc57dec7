"""Exercises made from tables of codes: a fact as a sentence, a question about it, wrong answers from other classes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from alambic.tasks.words import fold

LONGEST = 90  # characters of a name that is an answer
LONGER = 2.0  # times as long as the right answer, or as short: no distractor
TRIES = 60  # other names that are looked at for each distractor

CHAPTERS = {
    "I": "certaines maladies infectieuses et parasitaires",
    "II": "tumeurs",
    "III": "maladies du sang et des organes hématopoïétiques et certains troubles du système immunitaire",
    "IV": "maladies endocriniennes, nutritionnelles et métaboliques",
    "V": "troubles mentaux et du comportement",
    "VI": "maladies du système nerveux",
    "VII": "maladies de l'œil et de ses annexes",
    "VIII": "maladies de l'oreille et de l'apophyse mastoïde",
    "IX": "maladies de l'appareil circulatoire",
    "X": "maladies de l'appareil respiratoire",
    "XI": "maladies de l'appareil digestif",
    "XII": "maladies de la peau et du tissu cellulaire sous-cutané",
    "XIII": "maladies du système ostéo-articulaire, des muscles et du tissu conjonctif",
    "XIV": "maladies de l'appareil génito-urinaire",
    "XV": "grossesse, accouchement et puerpéralité",
    "XVI": "certaines affections dont l'origine se situe dans la période périnatale",
    "XVII": "malformations congénitales et anomalies chromosomiques",
}
ATC_GROUPS = {
    "A": "voies digestives et métabolisme",
    "B": "sang et organes hématopoïétiques",
    "C": "système cardiovasculaire",
    "D": "médicaments dermatologiques",
    "G": "système génito-urinaire et hormones sexuelles",
    "H": "hormones systémiques, hormones sexuelles et insulines exclues",
    "J": "anti-infectieux généraux à usage systémique",
    "L": "antinéoplasiques et immunomodulateurs",
    "M": "muscle et squelette",
    "N": "système nerveux",
    "P": "antiparasitaires, insecticides et répulsifs",
    "R": "système respiratoire",
    "S": "organes sensoriels",
    "V": "divers",
}


@dataclass(frozen=True)
class Kind:
    """How names of one table are asked about; `{name}`, `{group}` and `{title}` are filled in."""

    name: str
    fact: str
    choices: str
    open: str
    titles: dict[str, str]


DISEASES = Kind(
    "icd10_chapter",
    "« {name} » relève du chapitre {group} de la CIM-10 : {title}.",
    "Laquelle de ces affections relève du chapitre {group} de la CIM-10 ({title}) ?",
    "De quel chapitre de la CIM-10 relève « {name} » ?",
    CHAPTERS,
)
DRUGS = Kind(
    "atc_group",
    "{name} appartient au groupe {group} de la classification ATC : {title}.",
    "Lequel de ces médicaments appartient au groupe {group} de la classification ATC ({title}) ?",
    "À quel groupe de la classification ATC appartient {name} ?",
    ATC_GROUPS,
)


@dataclass(frozen=True)
class Made:
    """An exercise, and the fact that it is about; no answers to choose from where the question is open."""

    kind: str
    name: str
    fact: str
    question: str
    answers: tuple[str, ...]
    right: str


def make_exercises(
    kind: Kind, names: Sequence[tuple[str, str]], *, distractors: int, open_share: float, seed: int
) -> Iterator[Made]:
    """Yield an exercise for each (name, group), in a drawn order.

    One for which no distractors are found is open, or left out where `open_share` is 0. A name that is in two groups,
    is long, or belongs to a group without a title is not asked about.
    """
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for name, group in names:
        groups[fold(name)].add(group)
    usable = [
        (name, group)
        for name, group in dict.fromkeys(names)
        if len(name) <= LONGEST and group in kind.titles and len(groups[fold(name)]) == 1
    ]
    for name, group in Random(f"{seed}/{kind.name}").sample(usable, len(usable)):
        chance = Random(f"{seed}/{kind.name}/{name}")
        filled = {"name": name, "group": group, "title": kind.titles[group]}
        fact = kind.fact.format(**filled)
        others = [] if chance.random() < open_share else _others(usable, fact, chance, TRIES * distractors)
        wrong = _distractors(name, group, others, distractors)
        if wrong:
            answers = tuple(chance.sample([name, *wrong], len(wrong) + 1))
            yield Made(kind.name, name, fact, kind.choices.format(**filled), answers, name)
        elif open_share > 0:
            yield Made(kind.name, name, fact, kind.open.format(**filled), (), group)


def _others(usable: Sequence[tuple[str, str]], fact: str, chance: Random, most: int) -> list[tuple[str, str]]:
    """Draw names that the fact itself does not say."""
    stated = fold(fact)
    return [each for each in chance.sample(usable, min(len(usable), most)) if fold(each[0]) not in stated]


def _distractors(name: str, group: str, others: Sequence[tuple[str, str]], count: int) -> list[str]:
    """Choose names of other groups, of about the same length and written alike; none where there are too few."""
    chosen: list[str] = []
    for other, other_group in others:
        lengths = sorted((len(name), len(other)))
        distinct = fold(other) not in {fold(each) for each in chosen}
        alike = name.isupper() == other.isupper() and lengths[1] <= LONGER * lengths[0]
        if other_group != group and distinct and alike:
            chosen.append(other)
        if len(chosen) == count:
            return chosen
    return []
