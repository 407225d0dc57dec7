"""How many people for which effect: studies are simulated by the protocol and analysed as the real one will be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scipy.optimize import brentq
from statsmodels.stats.proportion import proportion_confint

from alambic.errors import UserError
from alambic.studies.analysis import analyse
from alambic.studies.participants import Discerning
from alambic.studies.population import Population, true_values
from alambic.studies.results import LEVEL, Options, pairs
from alambic.studies.simulated import Design, simulate
from alambic.studies.trials import ALONE

MEASURES = ("over_reliance", "under_reliance", "accuracy", "time")
RESAMPLES = 400  # of a simulated study: the share of significant ones hardly changes with more
CLOSE = 1e-4


@dataclass(frozen=True)
class Assumed:
    """What is assumed of people before any was seen: all of it belongs into the paper beside the number of people.

    `accuracy` alone, the chance to take right and wrong advice that differs from one's own answer, and standard
    deviations between people, items and in reliance (log-odds).
    """

    accuracy: float = 0.7
    takes_right: float = 0.6
    takes_wrong: float = 0.4
    people_spread: float = 0.5
    item_spread: float = 0.8
    reliance_spread: float = 0.5


@dataclass(frozen=True)
class Power:
    """How often an effect is shown by so many people, with its binomial interval over the simulated studies."""

    people: int
    effect: float
    power: float
    low: float
    high: float
    studies: int
    without_interval: int  # studies in which it could not be estimated; they count as not shown


def power_table(
    design: Design,
    *,
    measure: str,
    contrast: tuple[str, str],
    effects: Sequence[float],
    people: Sequence[int],
    assumed: Assumed | None = None,
    studies: int = 200,
    seed: int = 0,
) -> Iterator[Power]:
    """Yield the power of each effect with each number of people.

    An effect is the true difference between the two conditions (of `time` the factor less 1); 0 gives how often an
    effect is seen that is not there. UserError for a measure or conditions that the design does not have, or an effect
    that cannot be with what is assumed.
    """
    check(design, measure, contrast)
    for effect in effects:
        population = population_with(effect, measure, contrast, design, assumed or Assumed())
        for number in people:
            yield _power(replace(design, participants=number), population, effect, measure, contrast, studies, seed)


def check(design: Design, measure: str, contrast: tuple[str, str]) -> None:
    """Refuse what the protocol cannot show."""
    if measure not in MEASURES:
        raise UserError(f"--measure {measure}: expected one of {', '.join(MEASURES)}")
    known = pairs(design.conditions)
    if contrast not in known:
        named = "; ".join(" against ".join(pair) for pair in known) or "none: it has one condition"
        raise UserError(f"{contrast[0]} against {contrast[1]}: not compared by this protocol; its contrasts: {named}")
    if measure.endswith("reliance") and design.advice_first:
        raise UserError(
            f"--measure {measure}: needs answers before the advice: set `alone_first: true` in the protocol"
        )
    if measure.endswith("reliance") and contrast[1] == ALONE:
        raise UserError(f"--measure {measure}: has no meaning alone: compare two conditions with advice")


def default_contrast(design: Design, measure: str) -> tuple[str, str]:
    """Choose the first contrast of the protocol in which the measure has a meaning."""
    known = pairs(design.conditions)
    usable = [pair for pair in known if not (measure.endswith("reliance") and pair[1] == ALONE)]
    if not usable:
        raise UserError(f"--measure {measure}: the conditions {', '.join(design.conditions)} have nothing to compare")
    return usable[0]


def check_numbers(assumed: Assumed, people: Sequence[int], studies: int) -> None:
    """Refuse shares and numbers that cannot be."""
    for name in ("accuracy", "takes_right", "takes_wrong"):
        if not 0 < getattr(assumed, name) < 1:
            raise UserError(f"--{name.replace('_', '-')} {getattr(assumed, name):g}: expected a share between 0 and 1")
    for name in ("people_spread", "item_spread", "reliance_spread"):
        if getattr(assumed, name) < 0:
            raise UserError(f"--{name.replace('_', '-')} {getattr(assumed, name):g}: expected 0 or more")
    if min(people) < 2 or studies < 1:
        raise UserError(f"--people {min(people)} --studies {studies}: expected 2 people or more, and 1 study or more")


def population_with(
    effect: float, measure: str, contrast: tuple[str, str], design: Design, assumed: Assumed
) -> Population:
    """Find the people whose true difference between the two conditions is `effect`.

    The first condition moves how often wrong advice is taken (over-reliance), right advice (under-reliance), both apart
    (accuracy), or all times (time).
    """
    first, second = contrast
    base = Population(
        [Discerning({"": assumed.takes_right}, {"": assumed.takes_wrong})],
        accuracy=assumed.accuracy,
        people_spread=assumed.people_spread,
        item_spread=assumed.item_spread,
        reliance_spread=assumed.reliance_spread,
    )
    if measure == "time":
        if effect <= -1:
            raise UserError(f"--effect {effect:g}: a time cannot become {1 + effect:g} times as long")
        return replace(base, slower={first: 1 + effect})

    def moved(by: float) -> Population:
        right, wrong = assumed.takes_right, assumed.takes_wrong
        if measure in ("under_reliance", "accuracy"):
            right += by if measure == "accuracy" else -by
        if measure in ("over_reliance", "accuracy"):
            wrong += -by if measure == "accuracy" else by
        of = Discerning(
            {"": assumed.takes_right, first: _share(right)}, {"": assumed.takes_wrong, first: _share(wrong)}
        )
        return replace(base, behaviours=[of])

    def missing(by: float) -> float:
        values = [true_values(moved(by), each, wrong_share=design.wrong_share)[measure] for each in (first, second)]
        return values[0] - values[1] - effect

    if missing(-1) * missing(1) > 0:
        least, most = (missing(by) + effect for by in (-1, 1))
        raise UserError(
            f"--effect {effect:g}: with what is assumed, {measure} of {first} can differ from {second} by {least:.2f} "
            f"to {most:.2f}"
        )
    return moved(float(brentq(missing, -1, 1, xtol=CLOSE)))


def _share(value: float) -> float:
    return min(1 - CLOSE, max(CLOSE, value))


def _power(
    design: Design,
    population: Population,
    effect: float,
    measure: str,
    contrast: tuple[str, str],
    studies: int,
    seed: int,
) -> Power:
    shown = without = 0
    for study in range(studies):
        made = simulate(design, population, seed=[seed, design.participants, study])
        row = analyse(made.tables, made.items, Options(resamples=RESAMPLES, only=[measure])).row(measure, *contrast)
        without += row.p is None
        shown += row.p is not None and row.p < LEVEL
    low, high = (float(each) for each in proportion_confint(shown, studies, method="beta"))
    return Power(design.participants, effect, shown / studies, low, high, studies, without)
