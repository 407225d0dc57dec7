"""Studies answered by people who do not exist: to prove the analysis, for its power, and to rehearse a study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alambic.studies.answers import About, Answer, Reply, Tables
from alambic.studies.items import Item
from alambic.studies.participants import Decision, Participant, ShownItem
from alambic.studies.population import Population, draw_person
from alambic.studies.protocol import Protocol, Shown, questions_after
from alambic.studies.trials import ALONE, ATTENTION, MAIN

PROTOCOL = "simulated"
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
class SimulatedStudy:
    """What a study made, and what came back."""

    items: Mapping[str, Item]
    tables: Tables


@dataclass(frozen=True)
class _Asked:
    """What people are asked, beside the plan: the questions after a block by its condition."""

    protocol: str
    can_delegate: bool
    expertise: Sequence[str]
    questions: Mapping[str, Sequence[str]]


def simulate(design: Design, population: Population, *, seed: int | Sequence[int]) -> SimulatedStudy:
    """Draw items and people, and let these answer: each meets every item once.

    In which condition is by Latin square.
    """
    generator = np.random.default_rng(seed)
    items = _items(design, generator)
    questions = dict.fromkeys(design.conditions, design.questions)
    asked = _Asked(PROTOCOL, design.can_delegate, design.expertise, questions)
    return SimulatedStudy(items, _answered(_plan(design, items, generator), items, asked, population, generator))


def rehearse(protocol: Protocol, population: Population, *, seed: int) -> Tables:
    """Let simulated people answer a study that was made, by its own plan: what would come back from its pages."""
    asked = protocol.settings["questionnaire"]
    questions = {
        condition: [
            name for name in questions_after(asked, with_model=condition != ALONE) if asked[name]["answer"] == "scale"
        ]
        for condition in protocol.settings["conditions"]
    }
    expertise = list(protocol.settings["expertise"])
    what = _Asked(protocol.digest, protocol.settings["delegate"], expertise, questions)
    return _answered(protocol.plan, protocol.items, what, population, np.random.default_rng(seed))


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


def _plan(design: Design, items: Mapping[str, Item], generator: np.random.Generator) -> list[Shown]:
    main = [name for name, item in items.items() if item.kind == MAIN]
    checks = [name for name, item in items.items() if item.kind == ATTENTION]
    plan = []
    for place in range(design.participants):
        name = f"p{place + 1:03}"
        for rank, number in enumerate(generator.permutation(len(main)).tolist(), 1):
            block = (place + number) % len(design.conditions)
            condition = design.conditions[block]
            plan.append(Shown(name, block + 1, rank, main[number], condition, design.advice_first))
        plan += [Shown(name, 0, len(main) + 1 + extra, check, ALONE, False) for extra, check in enumerate(checks)]
    return plan


def _answered(
    plan: Sequence[Shown],
    items: Mapping[str, Item],
    asked: _Asked,
    population: Population,
    generator: np.random.Generator,
) -> Tables:
    difficulty = dict(zip(items, generator.normal(0, population.item_spread, len(items)).tolist(), strict=True))
    right = {name: item.right for name, item in items.items()}
    of_person: dict[str, list[Shown]] = {}
    for shown in plan:
        of_person.setdefault(shown.participant, []).append(shown)
    answers: list[Answer] = []
    replies: list[Reply] = []
    about: list[About] = []
    for place, (name, rows) in enumerate(of_person.items()):
        person = draw_person(name, population, right, difficulty, generator)
        attends = generator.random() >= population.inattentive
        answers += [_answer(person, shown, items[shown.item], asked, attends=attends) for shown in rows]
        replies += _replies(person, rows, asked, population)
        level = asked.expertise[place % len(asked.expertise)] if asked.expertise else ""
        about.append(About(asked.protocol, name, level, True))
    return Tables(answers, replies, about)


def _answer(person: Participant, shown: Shown, item: Item, asked: _Asked, *, attends: bool) -> Answer:
    """Answer an item alone, or alone and then at sight of the advice, or at sight of it at once."""
    options = item.options or tuple(dict.fromkeys([item.right, item.advice, "?"]))
    alone = ShownItem(item.item, options, ALONE, can_delegate=asked.can_delegate and item.kind == MAIN)
    if item.kind == ATTENTION:
        wrong = next(option for option in options if option != item.right)
        return _record(shown, item, asked, None, Decision(item.right if attends else wrong, 5.0))
    if shown.condition == ALONE:
        return _record(shown, item, asked, None, person.decide(alone))
    own = None if shown.advice_first else person.answer_alone(alone)
    advised = ShownItem(item.item, options, shown.condition, item.advice, item.confidence, alone.can_delegate)
    return _record(shown, item, asked, own, person.decide(advised, own.answer if own else ""))


def _record(shown: Shown, item: Item, asked: _Asked, own: Decision | None, final: Decision) -> Answer:
    return Answer(
        asked.protocol,
        shown.participant,
        shown.block,
        shown.rank,
        item.item,
        item.kind,
        shown.condition,
        alone_answer=own.answer if own else "",
        alone_seconds=own.seconds if own else None,
        alone_confidence=own.confidence if own else None,
        advice="" if shown.condition == ALONE or item.kind == ATTENTION else item.advice,
        delegated=final.delegated,
        answer=final.answer,
        seconds=final.seconds,
        explanation_seconds=final.explanation_seconds,
        language="fr",
        finished_at="2026-01-01T00:00:00Z",
    )


def _replies(person: Participant, rows: Sequence[Shown], asked: _Asked, population: Population) -> Iterator[Reply]:
    """Answer the questionnaire after each block; trust grows with a person's reliance."""
    blocks = {shown.block: shown.condition for shown in rows if shown.block}
    for block, condition in sorted(blocks.items()):
        for question in asked.questions[condition]:
            mean = population.trust.get(condition, 4.0) + person.reliance
            answer = int(np.clip(round(person.generator.normal(mean, 0.8)), 1, 7))
            yield Reply(asked.protocol, person.name, block, condition, question, str(answer))
