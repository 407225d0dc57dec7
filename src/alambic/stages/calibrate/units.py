"""Units, such as certificates: what is answered by a machine, or by a person, as a whole."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alambic.data.predictions import Answer
from alambic.errors import UserError, nearest
from alambic.stages.calibrate.answered import AnsweredExamples
from alambic.stages.calibrate.signals import signals_of_units

GroupOf = Callable[[AnsweredExamples, int], str]  # of an example, by its place


@dataclass(frozen=True)
class Units:
    """Some units, in the order of the data; every array has one value for each."""

    names: np.ndarray
    signals: Mapping[str, np.ndarray]
    right: np.ndarray  # every example is right
    groups: np.ndarray  # empty where not known
    periods: np.ndarray

    def __len__(self) -> int:
        """Count them."""
        return len(self.names)

    def where(self, chosen: np.ndarray) -> "Units":
        """Keep those that are chosen: (units,) of true and false, or their places."""
        signals = {name: values[chosen] for name, values in self.signals.items()}
        return Units(self.names[chosen], signals, self.right[chosen], self.groups[chosen], self.periods[chosen])


def units_of(examples: AnsweredExamples, nearest: np.ndarray | None, *, group_of: GroupOf, periods: str) -> Units:
    """Put the examples of each unit together; its group and its period are those of the first that has one."""
    names, unit_of = number_units(examples.units)
    right = np.ones(len(names), dtype=bool)
    np.logical_and.at(right, unit_of, examples.right)
    groups, times = (np.full(len(names), "", dtype=object) for _ in range(2))
    for place, unit in enumerate(unit_of):
        groups[unit] = groups[unit] or group_of(examples, place)
        times[unit] = times[unit] or examples.attributes[place].get(periods, "")
    signals = signals_of_units(examples, nearest, unit_of, len(names))
    return Units(
        np.array([f"{examples.dataset}/{name}" for name in names], dtype=object), signals, right, groups, times
    )


def number_units(units: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Give the names of the units in the order in which they come, and the number of each example's."""
    numbers: dict[str, int] = {}
    unit_of = np.array([numbers.setdefault(unit, len(numbers)) for unit in units], dtype=int)
    return list(numbers), unit_of


def joined(parts: Sequence[Units]) -> Units:
    """Put the units of several datasets one after the other; they have the signals that all of them have."""
    shared = [name for name in parts[0].signals if all(name in part.signals for part in parts)]
    return Units(
        np.concatenate([part.names for part in parts]),
        {name: np.concatenate([part.signals[name] for part in parts]) for name in shared},
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.groups for part in parts]),
        np.concatenate([part.periods for part in parts]),
    )


@dataclass(frozen=True)
class Groups:
    """Tells an example's group: its attribute, or the group that examples with that right answer mostly have."""

    attribute: str = ""
    by_answer: Mapping[str, str] | None = None  # by the first label; None: the attribute itself

    def __call__(self, examples: AnsweredExamples, place: int) -> str:
        """Give the group of an example; empty where it is not known."""
        if not self.attribute:
            return ""
        if self.by_answer is None:
            return examples.attributes[place].get(self.attribute, "")
        return self.by_answer.get(_first(examples.answers[place]), "")

    def as_facts(self) -> dict[str, Any]:
        """Write it down for a file."""
        return {"attribute": self.attribute, "by_answer": None if self.by_answer is None else dict(self.by_answer)}


def groups_of(parts: Sequence[AnsweredExamples], attribute: str, *, from_answer: bool) -> Groups:
    """Give what tells an example's group; with `from_answer`, `parts` say of which group a right answer is.

    The right answer is not known when a machine decides, so neither is a group that was read off it: it is the one that
    examples with that right answer mostly have. UserError where no example has the attribute.
    """
    if attribute:
        _check_attribute(parts, attribute)
    if not attribute or not from_answer:
        return Groups(attribute)
    seen: dict[str, Counter[str]] = {}
    for part in parts:
        for gold, attributes in zip(part.gold, part.attributes, strict=True):
            if attributes.get(attribute):
                seen.setdefault(_first(gold), Counter())[attributes[attribute]] += 1
    return Groups(attribute, {label: counts.most_common(1)[0][0] for label, counts in sorted(seen.items())})


def _check_attribute(parts: Sequence[AnsweredExamples], attribute: str) -> None:
    known = {name for part in parts for attributes in part.attributes for name, value in attributes.items() if value}
    if attribute not in known:
        raise UserError(f"calibrate: groups: no example has an attribute '{attribute}'; {nearest(attribute, known)}")


def _first(answer: Answer) -> str:
    return answer if isinstance(answer, str) else next(iter(answer), "")
