"""Whom simulated studies draw their people from, and the true values that a study of all of them would find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, logit

from alambic.studies.participants import Behaviour, Participant, ShownItem, shifted
from alambic.studies.trials import ALONE

NODES = 61  # of the quadrature over people and items: exact to six digits for the spreads that occur


@dataclass(frozen=True)
class Population:
    """Whom a study draws its people from, and its items.

    `accuracy` is that of the person in the middle, on the item in the middle. Standard deviations are of log-odds
    (people, items, reliance), or of logarithms of seconds. `trust` is the mean of an answer of 1 to 7 by condition.
    """

    behaviours: Sequence[Behaviour]  # one of them for each person, drawn by equal chances
    accuracy: float = 0.7
    people_spread: float = 0.5
    item_spread: float = 0.8
    reliance_spread: float = 0.5
    noise: float = 0.0
    log_seconds: float = 3.0
    seconds_people_spread: float = 0.3
    seconds_spread: float = 0.4
    slower: Mapping[str, float] = field(default_factory=dict)
    delegates: float = 0.0
    inattentive: float = 0.0  # share of people who answer attention checks by chance
    trust: Mapping[str, float] = field(default_factory=dict)


def draw_person(
    name: str,
    population: Population,
    right: Mapping[str, str],
    difficulty: Mapping[str, float],
    generator: np.random.Generator,
) -> Participant:
    """Draw one person; `right` and `difficulty` (added to the log-odds of being right alone) are by item."""
    ability = logit(population.accuracy) + generator.normal(0, population.people_spread)
    return Participant(
        name=name,
        behaviour=population.behaviours[int(generator.integers(len(population.behaviours)))],
        right=right,
        knows={item: float(expit(ability + of)) for item, of in difficulty.items()},
        generator=generator,
        reliance=float(generator.normal(0, population.reliance_spread)),
        noise=population.noise,
        log_seconds=population.log_seconds + float(generator.normal(0, population.seconds_people_spread)),
        log_spread=population.seconds_spread,
        slower=population.slower,
        delegates=population.delegates,
    )


def true_values(population: Population, condition: str, *, wrong_share: float) -> dict[str, float]:
    """Compute what a study of all people and all items would find in a condition, where one answers alone first.

    By Gauss-Hermite quadrature over people and items: accuracy, own_accuracy, rair, rsr, under_reliance, over_reliance,
    time. An advice's confidence is unknown here, so that `FollowConfident` has no true value.
    """
    alone = _mean_of_logit(population.accuracy, np.hypot(population.people_spread, population.item_spread))
    own_middle = np.exp(population.log_seconds)
    takes = {right: _takes(population, condition, right) for right in (True, False)}
    wrong = wrong_share
    team = (1 - wrong) * (alone + (1 - alone) * takes[True]) + wrong * alone * (1 - takes[False])
    slower = population.slower.get(condition, 1.0)
    values = {"own_accuracy": alone, "accuracy": alone if condition == ALONE else team, "time": own_middle * slower}
    if condition == ALONE:
        return values
    both = _mean_log_of_sum(population, slower)
    return values | {
        "time": both,
        "rair": takes[True],
        "rsr": 1 - takes[False],
        "under_reliance": 1 - takes[True],
        "over_reliance": takes[False],
    }


def _takes(population: Population, condition: str, right: bool) -> float:
    """Give the probability to take an advice that differs from one's own answer, over people."""
    shown = ShownItem("", (), condition, advice="x")
    means = []
    for behaviour in population.behaviours:
        probability = behaviour.follows(shown, advice_right=right)
        nodes, weights = hermegauss(NODES)
        values = [shifted(probability, by) for by in population.reliance_spread * nodes]
        means.append(float(np.dot(weights, values) / weights.sum()))
    return population.noise / 2 + (1 - population.noise) * float(np.mean(means))


def _mean_of_logit(middle: float, spread: float) -> float:
    nodes, weights = hermegauss(NODES)
    return float(np.dot(weights, expit(logit(middle) + spread * nodes)) / weights.sum())


def _mean_log_of_sum(population: Population, slower: float) -> float:
    """Give the geometric mean of the sum of two times, before the advice and after."""
    nodes, weights = hermegauss(NODES)
    own, final = np.meshgrid(
        np.exp(population.seconds_spread * nodes), slower * np.exp(population.seconds_spread * nodes)
    )
    weight = np.outer(weights, weights)
    return float(np.exp(population.log_seconds + (weight * np.log(own + final)).sum() / weight.sum()))
