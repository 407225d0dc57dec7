"""People who do not exist: each decides by a stated behaviour from what the page shows, and from what they know.

A form's test may ask them what to do, item by item; `simulated.py` asks them a whole study.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from alambic.studies.trials import EXPLANATION, FALSE_EXPLANATION


@dataclass(frozen=True)
class ShownItem:
    """What the page shows of one item."""

    item: str
    options: Sequence[str]
    condition: str
    advice: str = ""  # "" where none is shown (yet)
    confidence: float = float("nan")  # the model's, 0 to 1; NaN: none is shown
    can_delegate: bool = False

    @property
    def has_explanation(self) -> bool:
        """Tell whether the advice comes with an explanation, true or false."""
        return self.condition.startswith(EXPLANATION) or self.condition == FALSE_EXPLANATION


@dataclass(frozen=True)
class Decision:
    """What a person does: an answer after some seconds, or the item handed to the model."""

    answer: str = ""
    seconds: float = 0.0
    delegated: bool = False
    confidence: int | None = None  # 1 to 5, in an answer before the advice
    explanation_seconds: float | None = None


class Behaviour(Protocol):
    """How a person meets advice that differs from their own answer."""

    def follows(self, shown: ShownItem, *, advice_right: bool) -> float:
        """Give the probability, of the person in the middle, to take the advice (0 to 1)."""


@dataclass(frozen=True)
class IgnoreAdvice:
    """Stay with one's own answer."""

    def follows(self, shown: ShownItem, *, advice_right: bool) -> float:
        """Never."""
        return 0.0


@dataclass(frozen=True)
class FollowBlindly:
    """Take every advice."""

    def follows(self, shown: ShownItem, *, advice_right: bool) -> float:
        """Always."""
        return 1.0


@dataclass(frozen=True)
class FollowConfident:
    """Take the advice of which the model is sure enough, no other."""

    threshold: float = 0.8

    def follows(self, shown: ShownItem, *, advice_right: bool) -> float:
        """From the threshold on; an advice without a confidence is not taken."""
        return float(shown.confidence >= self.threshold)


@dataclass(frozen=True)
class FollowExplanations:
    """Take an advice more often where an explanation stands beside it, a false one too."""

    explained: float = 0.8
    plain: float = 0.4

    def follows(self, shown: ShownItem, *, advice_right: bool) -> float:
        """By whether there is an explanation."""
        return self.explained if shown.has_explanation else self.plain


@dataclass(frozen=True)
class Discerning:
    """Take right advice and wrong advice with a probability each, by condition; that of "" where it has none."""

    right: Mapping[str, float]
    wrong: Mapping[str, float]

    def follows(self, shown: ShownItem, *, advice_right: bool) -> float:
        """By the condition, and by whether the advice is right."""
        of = self.right if advice_right else self.wrong
        return of.get(shown.condition, of.get("", 0.0))


@dataclass
class Participant:
    """One person: what they know, how they decide, how fast they are.

    `knows` is the probability to answer right alone (0 to 1) by item, `right` the right answers, `reliance` is added to
    the log-odds with which advice is taken, `noise` the share of decisions on advice that are made by chance.
    """

    name: str
    behaviour: Behaviour
    right: Mapping[str, str]
    knows: Mapping[str, float]
    generator: np.random.Generator
    reliance: float = 0.0
    noise: float = 0.0
    log_seconds: float = 3.0  # mean of the logarithm of the seconds of one decision
    log_spread: float = 0.4
    slower: Mapping[str, float] | None = None  # factor on the seconds, by condition
    delegates: float = 0.0  # probability to hand an item over where one may

    def answer_alone(self, shown: ShownItem) -> Decision:
        """Answer without advice."""
        right = self.right[shown.item]
        knows = self.generator.random() < self.knows[shown.item]
        wrong = [option for option in shown.options if option != right]
        answer = right if knows or not wrong else wrong[self.generator.integers(len(wrong))]
        return Decision(answer, self._seconds(""), confidence=int(self.generator.integers(1, 6)))

    def decide(self, shown: ShownItem, own: str = "") -> Decision:
        """Answer at sight of the advice; `own` is what was answered before, "" where nothing was asked."""
        if shown.can_delegate and self.generator.random() < self.delegates:
            return Decision(seconds=self._seconds(""), delegated=True)
        own = own or self.answer_alone(shown).answer
        seconds = self._seconds(shown.condition if shown.advice else "")
        seen = seconds / 2 if shown.has_explanation else None
        if own == shown.advice or not shown.advice:
            return Decision(own, seconds, explanation_seconds=seen)
        takes = self.generator.random() < self.takes(shown)
        return Decision(shown.advice if takes else own, seconds, explanation_seconds=seen)

    def takes(self, shown: ShownItem) -> float:
        """Give the probability to take an advice that differs from one's own answer."""
        probability = self.behaviour.follows(shown, advice_right=shown.advice == self.right[shown.item])
        return self.noise / 2 + (1 - self.noise) * shifted(probability, self.reliance)

    def _seconds(self, condition: str) -> float:
        factor = (self.slower or {}).get(condition, 1.0)
        return float(factor * np.exp(self.generator.normal(self.log_seconds, self.log_spread)))


def shifted(probability: float, by: float) -> float:
    """Add to the log-odds of a probability; 0 and 1 stay."""
    if probability in (0.0, 1.0):
        return probability
    odds = probability / (1 - probability) * np.exp(by)
    return float(odds / (1 + odds))
