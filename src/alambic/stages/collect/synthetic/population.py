"""Which causes are drawn together, for whom, and how that changes over the years."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random

from alambic.data.icd10 import chapter_of
from alambic.stages.collect.synthetic.frequent_causes import EXTERNAL, FREQUENT, USUAL, Cause, Role
from alambic.tasks.sampling import draw

MALE, FEMALE = "1", "2"
MALE_CODES = (("C60", "C63"), ("D29", "D29"), ("D40", "D40"), ("N40", "N51"))
FEMALE_CODES = (("C51", "C58"), ("D25", "D28"), ("D39", "D39"), ("N70", "N98"), ("O00", "O99"))
NOT_DRAWN = "RSTUVWXYZ"  # letters of codes that are no disease by themselves, or come by chains of their own
COVID, COVID_YEAR = "U071", 2  # first known in the third year
PART_II = 5


@dataclass(frozen=True)
class Drift:
    """How a year differs from the first: `strength` 0 is not at all, `year` counts from 0."""

    strength: float
    year: int
    training_years: int
    seed: int

    def weight(self, code: str) -> float:
        """Give by how much a chapter became more frequent, or rarer: a factor."""
        direction = 2 * draw("chapter", self.seed, chapter_of(code)) - 1
        return math.exp(0.15 * self.strength * self.year * direction)

    def known(self, code: str, new_share: float) -> bool:
        """Tell whether a code is in use: some come into use after the years of training."""
        if code == COVID:
            return self.year >= COVID_YEAR
        return self.year >= self.training_years or draw("new", self.seed, code) >= new_share * self.strength


class Population:
    """The causes of one year, drawn with weights 1 / (2 + rank) of a role, and a long tail from the whole table."""

    def __init__(
        self, table: Mapping[str, tuple[str, str]], drift: Drift, *, tail_share: float, new_share: float
    ) -> None:
        self.table, self.drift, self.tail_share, self.new_share = table, drift, tail_share, new_share
        self.by_code = {cause.code: cause for causes in FREQUENT.values() for cause in causes}

    def cause(self, draws: Random, role: Role, *, codes: Sequence[str] = (), person: "Person | None" = None) -> Cause:
        """Draw a frequent cause of a role, of some codes where these are given; fitting the person."""
        causes = [cause for cause in FREQUENT[role] if self.drift.known(cause.code, 0.0)]
        some = [cause for cause in causes if cause.code in codes] or causes
        fitting = self._fitting(some, person) or self._fitting(causes, person) or causes[:1]
        weights = [self.drift.weight(cause.code) / (2 + rank) for rank, cause in enumerate(fitting)]
        return draws.choices(fitting, weights)[0]

    @staticmethod
    def _fitting(causes: Sequence[Cause], person: "Person | None") -> list[Cause]:
        return [cause for cause in causes if person is None or person.may_have(cause)]

    def underlying(self, draws: Random) -> Cause:
        """Draw where the chain begins: a frequent cause, or one of the tail."""
        if draws.random() < self.tail_share:
            tail, weights = self._tail
            return draws.choices(tail, cum_weights=weights)[0]
        return self.cause(draws, "initial")

    def external(self, draws: Random) -> tuple[Cause, Cause]:
        """Draw an external cause, and an injury that it left."""
        rank = draws.choices(range(len(EXTERNAL)), [1 / (2 + rank) for rank in range(len(EXTERNAL))])[0]
        cause, injuries = EXTERNAL[rank]
        return cause, draws.choice(injuries)

    @cached_property
    def _tail(self) -> tuple[list[Cause], list[float]]:
        """Order the codes in use that are no frequent ones by chance, and give their weights, summed up."""
        codes = [
            code
            for code in self.table
            if code[0] not in NOT_DRAWN and code not in self.by_code and self.drift.known(code, self.new_share)
        ]
        ranked = sorted(codes, key=lambda code: draw("tail", self.drift.seed, code))
        weights = accumulate(self.drift.weight(code) / (2 + rank) for rank, code in enumerate(ranked))
        return [Cause(code, (), sex_of(code), ages_of(code)) for code in ranked], list(weights)


@dataclass(frozen=True)
class Person:
    """Sex as certificates code it, and age in years."""

    sex: str
    age: int

    def may_have(self, cause: Cause) -> bool:
        """Tell whether the cause befalls somebody of this sex and age."""
        return cause.sex in ("", self.sex) and cause.ages[0] <= self.age <= cause.ages[1]


def person_for(draws: Random, cause: Cause) -> Person:
    """Draw somebody whom a cause befalls: most are old, as far as the cause leaves that."""
    youngest, oldest = cause.ages
    age = round(draws.triangular(youngest, oldest, min(max(84, youngest), oldest)))
    return Person(cause.sex or draws.choice((MALE, FEMALE)), age)


def sex_of(code: str) -> str:
    """Give the sex whose organs a code is about; empty for most."""
    if any(first <= code[:3] <= last for first, last in MALE_CODES):
        return MALE
    return FEMALE if any(first <= code[:3] <= last for first, last in FEMALE_CODES) else ""


def ages_of(code: str) -> tuple[int, int]:
    """Give the ages at which a code occurs, by its chapter."""
    chapter = chapter_of(code)
    return {"XV": (16, 48), "XVI": (0, 0), "XVII": (0, 45), "II": (20, 104), "V": (20, 104)}.get(chapter, (25, 104))


def chain(draws: Random, population: Population) -> tuple[Person, dict[int, list[Cause]]]:
    """Draw a person and the causes of each line: from what killed, on line 1, down to what began it, on the lowest.

    Lines from 5 on are part II, conditions that contributed.
    """
    if draws.random() < 0.07:
        beginning, injury = population.external(draws)
        person, causes = person_for(draws, beginning), [injury, beginning]
    else:
        beginning = population.underlying(draws)
        person, causes = person_for(draws, beginning), [beginning]
    usual = USUAL.get(chapter_of(beginning.code), ())
    for _ in range(draws.choices((0, 1, 2), (0.35, 0.45, 0.2))[0]):
        causes.insert(0, population.cause(draws, "intermediate", codes=usual, person=person))
    if draws.random() < 0.5:
        causes.insert(0, population.cause(draws, "terminal", person=person))
    causes = list({cause.code: cause for cause in causes}.values())
    lines = _on_lines(draws, causes)
    if draws.random() < 0.35:
        others = [population.cause(draws, "contributory", person=person) for _ in range(draws.choice((1, 1, 2, 3)))]
        lines[PART_II] = [cause for cause in {c.code: c for c in others}.values() if person.may_have(cause)]
    return person, {number: some for number, some in lines.items() if some}


def _on_lines(draws: Random, causes: list[Cause]) -> dict[int, list[Cause]]:
    """Put causes on lines 1 to 4, at times two on one."""
    lines: list[list[Cause]] = []
    for cause in causes:
        if lines and (len(lines) == 4 or (len(lines[-1]) == 1 and draws.random() < 0.18)):
            lines[-1].append(cause)
        else:
            lines.append([cause])
    return dict(enumerate(lines, 1))
