"""Answers beside what is right and what the model said: one trial per person and main item, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from alambic.errors import UserError
from alambic.studies.answers import Answer, Tables
from alambic.studies.items import NAME as ITEMS
from alambic.studies.items import Item, read_items

MAIN: Final = "main"
ATTENTION: Final = "attention"
ALONE, ADVICE, EXPLANATION, FALSE_EXPLANATION = "alone", "advice", "explanation:", "false_explanation"


def items_of(folder: Path) -> dict[str, Item]:
    """Read the items that a study wrote, by their names; UserError where the file is not there, or damaged."""
    if not (folder / ITEMS).is_file():
        raise UserError(
            f"{folder / ITEMS} does not exist: give the study with --study: answers alone do not say what is right"
        )
    return {item.item: item for item in read_items(folder)}


@dataclass(frozen=True)
class Trials:
    """Trials of the people who count. Arrays have a place per trial; flags are False where there is no answer."""

    people: Sequence[str]
    items: Sequence[str]
    expertise: Sequence[str]  # of each person; "" where unknown
    person: np.ndarray  # place in `people`
    item: np.ndarray  # place in `items`
    condition: np.ndarray  # of texts
    own: np.ndarray  # the answer that was given without advice, "" where none was asked
    final: np.ndarray  # what was answered, or the model's where it was handed over; "" where time ran out
    advice: np.ndarray  # what the model answers, shown or not
    right: np.ndarray
    advised: np.ndarray  # bool: the advice was shown
    delegated: np.ndarray  # bool
    timed_out: np.ndarray  # bool
    advice_first: np.ndarray  # bool: advice was shown before any answer of one's own
    seconds: np.ndarray  # from the start of the item to the final answer; NaN where unknown
    decision_seconds: np.ndarray  # from the advice, or from the item where there is none
    explanation_seconds: np.ndarray
    unknown: int = 0  # answers to items that the study does not have

    def __len__(self) -> int:
        return len(self.person)

    @property
    def conditions(self) -> list[str]:
        """Give the conditions in their order: alone, advice, explanations, the false one."""
        return sorted(set(self.condition.tolist()), key=_order)

    @property
    def advised_conditions(self) -> list[str]:
        """Give the conditions that show advice."""
        return [each for each in self.conditions if each != ALONE]

    @property
    def levels(self) -> list[str]:
        """Give the levels of expertise that people stated, in the order in which they first occur."""
        return [level for level in dict.fromkeys(self.expertise) if level]

    @cached_property
    def own_right(self) -> np.ndarray:
        """Tell where one's own answer was right."""
        return (self.own != "") & (self.own == self.right)

    @cached_property
    def final_right(self) -> np.ndarray:
        """Tell where the final answer was right; the model's counts where the item was handed over."""
        return (self.final != "") & (self.final == self.right)

    @cached_property
    def advice_right(self) -> np.ndarray:
        """Tell where the model is right."""
        return (self.advice != "") & (self.advice == self.right)

    @cached_property
    def of_expertise(self) -> np.ndarray:
        """Give the level of the person of each trial."""
        return np.asarray(self.expertise, dtype=object)[self.person]

    @cached_property
    def strata(self) -> list[str]:
        """Tell of each item whether the model is right on it: their shares were chosen."""
        right = dict(zip(self.item.tolist(), self.advice_right.tolist(), strict=True))
        return ["right" if right.get(place, False) else "wrong" for place in range(len(self.items))]

    def sums(self, *values: np.ndarray) -> np.ndarray:
        """Sum values per trial over person and item: (people, items, number of values)."""
        counts = np.zeros((len(self.people), len(self.items), len(values)))
        np.add.at(counts, (self.person, self.item), np.stack([each.astype(np.float64) for each in values], axis=1))
        return counts


def make_trials(tables: Tables, items: Mapping[str, Item], *, included: Sequence[str] | None = None) -> Trials:
    """Join the answers to main items with what is known of them.

    `included` are the people who count (default: all who answered). Answers to items that are not in `items` are left
    out and counted.
    """
    people = list(dict.fromkeys(each.participant for each in tables.answers)) if included is None else list(included)
    counted = set(people)
    of_people = [each for each in tables.answers if each.participant in counted and each.kind == MAIN]
    answers = [each for each in of_people if each.item in items]
    names = list(dict.fromkeys(each.item for each in answers))
    expertise = {each.participant: each.expertise for each in tables.about}
    person, item = ({name: place for place, name in enumerate(each)} for each in (people, names))
    known = [items[each.item] for each in answers]
    return Trials(
        people=people,
        items=names,
        expertise=[expertise.get(name, "") for name in people],
        person=np.array([person[each.participant] for each in answers], dtype=np.int64),
        item=np.array([item[each.item] for each in answers], dtype=np.int64),
        condition=_texts(each.condition for each in answers),
        own=_texts(_written(_own(each)) for each in answers),
        final=_texts(
            _written(of.advice if each.delegated else each.answer) for each, of in zip(answers, known, strict=True)
        ),
        advice=_texts(_written(of.advice) for of in known),
        right=_texts(_written(of.right) for of in known),
        advised=np.array([each.condition != ALONE for each in answers], dtype=bool),
        delegated=np.array([each.delegated for each in answers], dtype=bool),
        timed_out=np.array([each.timed_out for each in answers], dtype=bool),
        advice_first=np.array([each.condition != ALONE and not each.alone_answer for each in answers], dtype=bool),
        seconds=_numbers(map(_whole_time, answers)),
        decision_seconds=_numbers(each.seconds for each in answers),
        explanation_seconds=_numbers(each.explanation_seconds for each in answers),
        unknown=len(of_people) - len(answers),
    )


def _own(answer: Answer) -> str:
    if answer.alone_answer or answer.condition != ALONE or answer.delegated:
        return answer.alone_answer
    return answer.answer


def _written(answer: str) -> str:
    """Write an answer so that capitals and blanks, which a person who writes need not match, make no difference."""
    return " ".join(answer.split()).casefold()


def _whole_time(answer: Answer) -> float | None:
    if answer.condition == ALONE:
        return answer.seconds if answer.seconds is not None else answer.alone_seconds
    return None if answer.seconds is None else answer.seconds + (answer.alone_seconds or 0.0)


def _texts(values: object) -> np.ndarray:
    return np.array(list(values), dtype=object)  # type: ignore[call-overload]


def _numbers(values: object) -> np.ndarray:
    return np.array([np.nan if each is None else each for each in values], dtype=np.float64)  # type: ignore[attr-defined]


def _order(condition: str) -> tuple[int, str]:
    places = {ALONE: 0, ADVICE: 1, FALSE_EXPLANATION: 3}
    return places.get(condition, 2), condition
