"""One made certificate: its lines as somebody might have written them."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from rapidfuzz.distance import Levenshtein

from alambic.stages.collect.synthetic.frequent_causes import Cause
from alambic.stages.collect.synthetic.population import PART_II, Person, Population, chain
from alambic.stages.collect.synthetic.wordings import abbreviated, cased, held_back, wordings_of
from alambic.tasks.perturb.edits import apply
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.perturb.perturbations import ocr, typos
from alambic.tasks.words import fold

JOINS = (", ", " + ", " ; ", " et ", " / ")  # between causes on one line, and towards the cause of the first
CAUSAL_JOINS = (" sur ", " dans un contexte de ", " compliquant ", ", ", " + ")
MINUTES, HOURS, DAYS, MONTHS, YEARS = "12345"  # as the campaign's files code the unit of a duration
SPANS = ((MINUTES, 5, 55), (HOURS, 1, 23), (DAYS, 1, 28), (MONTHS, 1, 11), (YEARS, 1, 20))


@dataclass(frozen=True)
class MadeLine:
    """A line, the codes that it stands for, and how it came to be."""

    number: int
    text: str
    codes: tuple[str, ...]
    interval: tuple[str, str]  # the number and its unit; both empty on most lines
    phrases: frozenset[str]  # the wordings before typing errors, folded
    typing_errors: int


@dataclass(frozen=True)
class Writer:
    """How certificates of one year are written."""

    population: Population
    lexicon: Lexicon
    held_back: float  # the share of wordings that first occur after the years of training
    typing_rate: float  # slips for each letter
    scan_share: float  # of certificates whose letters were misread besides

    def write(self, draws: Random) -> tuple[Person, list[MadeLine]]:
        """Make one certificate."""
        person, lines = chain(draws, self.population)
        scanned = draws.random() < self.scan_share
        reached = draws.randrange(len(SPANS) - 1)
        made = []
        for number, causes in sorted(lines.items()):
            made.append(self._line(draws, number, causes, scanned=scanned, reached=reached))
            reached = min(reached + draws.randrange(2), len(SPANS) - 1)  # what began it lasts longer
        return person, made

    def _line(self, draws: Random, number: int, causes: list[Cause], *, scanned: bool, reached: int) -> MadeLine:
        phrases = [self._phrase(draws, cause) for cause in causes]
        text = phrases[0]
        for phrase in phrases[1:]:
            text += draws.choice(JOINS if number >= PART_II else CAUSAL_JOINS) + phrase
        text = cased(text, draws)
        slips = apply(text, typos.edits(text, draws, self.lexicon, rate=self.typing_rate)).text
        if scanned:
            slips = apply(slips, ocr.edits(slips, draws, self.lexicon, rate=0.01)).text
        text_now = slips.strip() or text
        unit, least, most = SPANS[reached]
        has_interval = number < PART_II and draws.random() < 0.4
        return MadeLine(
            number,
            text_now,
            tuple(cause.code for cause in causes),
            (str(draws.randint(least, most)), unit) if has_interval else ("", ""),
            frozenset(fold(phrase) for phrase in phrases),
            Levenshtein.distance(text, text_now),
        )

    def _phrase(self, draws: Random, cause: Cause) -> str:
        """Choose a wording of a cause; its own ones are the likelier, the first of them most of all."""
        long, short = self.population.table[cause.code]
        drift = self.population.drift
        early = drift.year < drift.training_years
        wordings = [
            wording
            for wording in wordings_of(cause.code, long, short, cause.wordings)
            if not (early and held_back(drift.seed, cause.code, wording.kind, self.held_back))
        ] or wordings_of(cause.code, long, short, cause.wordings)[:1]
        weights = [(3.0 if w.kind.startswith("own") else 1.0) / (1 + rank) ** 0.5 for rank, w in enumerate(wordings)]
        wording = draws.choices(wordings, weights)[0]
        if wording.kind == "abbreviated":
            return abbreviated(wording.text, draws, self.lexicon, year=drift.year, drift=drift.strength)
        return wording.text


def standard_texts(codes: tuple[str, ...], table: Mapping[str, tuple[str, str]]) -> list[dict[str, str]]:
    """Give codes with their full labels, as the files of certificates have standard texts."""
    return [{"code": code, "text": table[code][0]} for code in codes]
