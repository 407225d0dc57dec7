"""Studies of people who do not exist, whose true values are known: for the proof of the analysis, and for its power."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, logit

from alambic.studies.answers import About, Answer, Reply, Tables
from alambic.studies.items import Item
from alambic.studies.participants import Behaviour, Decision, Participant, ShownItem, shifted
from alambic.studies.trials import ALONE, ATTENTION, MAIN

PROTOCOL = "simulated"
NODES = 61  # of the quadrature over people and items: exact to six digits for the spreads that occur
ATTENTION_ANSWER = "A"


@dataclass(frozen=True)
class Design:
    """What a study asks of how many people."""

    participants: int
    items: int  # main items that each person answers
    conditions: Sequence[str]
    wrong_share: float = 0.3  # of the items, those whose advice is wrong
    options: int = 4
    advice_first: bool = False  # else one answers alone first
    attention_checks: int = 2
    can_delegate: bool = False
    expertise: Sequence[str] = ()
    questions: Sequence[str] = ("trust",)


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


@dataclass(frozen=True)
class SimulatedStudy:
    """What a study made, and what came back."""

    items: Mapping[str, Item]
    tables: Tables


def simulate(design: Design, population: Population, *, seed: int | Sequence[int]) -> SimulatedStudy:
    """Draw items and people, and let these answer: each meets every item once.

    In which condition is by Latin square.
    """
    generator = np.random.default_rng(seed)
    items = _items(design, generator)
    difficulty = dict(zip(items, generator.normal(0, population.item_spread, len(items)), strict=True))
    answers: list[Answer] = []
    replies: list[Reply] = []
    about: list[About] = []
    for place in range(design.participants):
        person = _person(f"p{place + 1:03}", items, difficulty, population, generator)
        answers += _answers(person, place, design, items, generator)
        answers += _checks(person, design, items, generator, population.inattentive)
        replies += _replies(person, design, population, generator)
        level = design.expertise[place % len(design.expertise)] if design.expertise else ""
        about.append(About(PROTOCOL, person.name, level, True))
    return SimulatedStudy(items, Tables(answers, replies, about))


def _items(design: Design, generator: np.random.Generator) -> dict[str, Item]:
    """Make the items; the wrong advice is spread evenly over what a Latin square gives to each condition."""
    wrong = round(design.wrong_share * design.items)
    options = [str(option) for option in range(design.options)]
    items = {}
    for number in range(design.items):
        right, other = (str(option) for option in generator.choice(design.options, 2, replace=False))
        is_right = number >= wrong
        confidence = float(np.clip(generator.normal(0.85 if is_right else 0.7, 0.1), 0.3, 0.999))
        name = f"i{number + 1:03}"
        advice = right if is_right else other
        items[name] = Item(name, MAIN, "", "", "", tuple(options), right, advice, confidence, is_right)
    for number in range(design.attention_checks):
        name = f"check{number + 1}"
        items[name] = Item(name, ATTENTION, "", "", "", ("A", "B"), ATTENTION_ANSWER, "", float("nan"), False)
    return items


def _person(
    name: str,
    items: Mapping[str, Item],
    difficulty: Mapping[str, float],
    population: Population,
    generator: np.random.Generator,
) -> Participant:
    ability = logit(population.accuracy) + generator.normal(0, population.people_spread)
    return Participant(
        name=name,
        behaviour=population.behaviours[int(generator.integers(len(population.behaviours)))],
        right={each.item: each.right for each in items.values()},
        knows={item: float(expit(ability + of)) for item, of in difficulty.items()},
        generator=generator,
        reliance=float(generator.normal(0, population.reliance_spread)),
        noise=population.noise,
        log_seconds=population.log_seconds + float(generator.normal(0, population.seconds_people_spread)),
        log_spread=population.seconds_spread,
        slower=population.slower,
        delegates=population.delegates,
    )


def _answers(
    person: Participant, place: int, design: Design, items: Mapping[str, Item], generator: np.random.Generator
) -> list[Answer]:
    main = [each for each in items.values() if each.kind == MAIN]
    options = [str(option) for option in range(design.options)]
    answers = []
    for rank, number in enumerate(generator.permutation(len(main)).tolist(), 1):
        of = main[number]
        block = (place + number) % len(design.conditions)
        condition = design.conditions[block]
        answers.append(_answer(person, of, condition, block + 1, rank, options, design))
    return answers


def _answer(
    person: Participant, of: Item, condition: str, block: int, rank: int, options: list[str], design: Design
) -> Answer:
    shown = ShownItem(of.item, options, condition, can_delegate=design.can_delegate)
    if condition == ALONE:
        if shown.can_delegate and person.generator.random() < person.delegates:
            return _record(person, of, condition, block, rank, None, Decision(seconds=1.0, delegated=True))
        return _record(person, of, condition, block, rank, None, person.answer_alone(shown))
    own = None if design.advice_first else person.answer_alone(shown)
    advised = ShownItem(of.item, options, condition, of.advice, of.confidence, design.can_delegate)
    return _record(person, of, condition, block, rank, own, person.decide(advised, own.answer if own else ""))


def _record(
    person: Participant, of: Item, condition: str, block: int, rank: int, own: Decision | None, final: Decision
) -> Answer:
    return Answer(
        PROTOCOL,
        person.name,
        block,
        rank,
        of.item,
        of.kind,
        condition,
        alone_answer=own.answer if own else "",
        alone_seconds=own.seconds if own else None,
        alone_confidence=own.confidence if own else None,
        advice="" if condition == ALONE else of.advice,
        delegated=final.delegated,
        answer=final.answer,
        seconds=final.seconds,
        explanation_seconds=final.explanation_seconds,
        language="fr",
        finished_at="2026-01-01T00:00:00Z",
    )


def _checks(
    person: Participant,
    design: Design,
    items: Mapping[str, Item],
    generator: np.random.Generator,
    inattentive: float,
) -> list[Answer]:
    attends = generator.random() >= inattentive
    answers: list[Answer] = []
    for of in (each for each in items.values() if each.kind == ATTENTION):
        chosen = ATTENTION_ANSWER if attends else "-"
        rank = design.items + len(answers) + 1
        answers.append(_record(person, of, ALONE, 0, rank, None, Decision(chosen, 5.0)))
    return answers


def _replies(
    person: Participant, design: Design, population: Population, generator: np.random.Generator
) -> list[Reply]:
    """Answer the questionnaire after the items of each condition; trust grows with a person's reliance."""
    replies = []
    for block, condition in enumerate(design.conditions, 1):
        for question in design.questions:
            mean = population.trust.get(condition, 4.0) + person.reliance
            answer = int(np.clip(round(generator.normal(mean, 0.8)), 1, 7))
            replies.append(Reply(PROTOCOL, person.name, block, condition, question, str(answer)))
    return replies


def true_values(population: Population, condition: str, *, wrong_share: float) -> dict[str, float]:
    """Compute what a study of all people and all items would find in a condition, where one answers alone first.

    By Gauss-Hermite quadrature over people and items: accuracy, own_accuracy, rair, rsr, under_reliance, over_reliance,
    agreement_with_wrong, time. An advice's confidence is unknown here, so that `FollowConfident` has no true value.
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
