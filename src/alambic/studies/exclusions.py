"""Who counts: people who consented and passed enough of the attention checks, by a rule that is stated beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alambic.studies.answers import Tables
from alambic.studies.items import Item
from alambic.studies.trials import ATTENTION, MAIN

Reason = Literal["no_consent", "attention", "no_answers"]
FEWEST_PASSED = 0.5  # of the attention checks that a person answered


@dataclass(frozen=True)
class Exclusion:
    """One person who does not count, and why; `passed` of `checks` attention checks were answered right."""

    participant: str
    reason: Reason
    passed: int = 0
    checks: int = 0


@dataclass(frozen=True)
class People:
    """Who counts, and who does not."""

    included: Sequence[str]
    excluded: Sequence[Exclusion]
    fewest_passed: float
    unfinished: int = 0  # who count, and answered fewer main items than others

    def excluded_for(self, reason: Reason) -> int:
        """Count those who are left out for a reason."""
        return sum(each.reason == reason for each in self.excluded)


def decide_who_counts(tables: Tables, items: Mapping[str, Item], *, fewest_passed: float = FEWEST_PASSED) -> People:
    """Leave out who did not consent, failed more than a share of attention checks, or answered no main item.

    A person counts who answers at least `fewest_passed` of their checks right; who saw none passes. What people
    answered to main items is no reason: that would choose the result.
    """
    refused = {each.participant for each in tables.about if not each.consented}
    people = dict.fromkeys([each.participant for each in tables.about] + [each.participant for each in tables.answers])
    passed: dict[str, list[bool]] = {name: [] for name in people}
    answered = dict.fromkeys(people, 0)
    for each in tables.answers:
        if each.kind == ATTENTION and each.item in items:
            passed[each.participant].append((each.answer or each.alone_answer) == items[each.item].right)
        answered[each.participant] += each.kind == MAIN
    included, excluded = [], []
    for name in people:
        right, checks = sum(passed[name]), len(passed[name])
        reason: Reason | None = None
        if name in refused:
            reason = "no_consent"
        elif answered[name] == 0:
            reason = "no_answers"
        elif right < fewest_passed * checks:
            reason = "attention"
        if reason is None:
            included.append(name)
        else:
            excluded.append(Exclusion(name, reason, right, checks))
    most = max((answered[name] for name in included), default=0)
    unfinished = sum(answered[name] < most for name in included)
    return People(included, excluded, fewest_passed, unfinished)
