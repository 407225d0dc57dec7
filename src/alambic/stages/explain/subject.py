"""Explanations by one method, and how they are made again, for what measures them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained

Method = Callable[[Explained, Sequence[Case]], list[np.ndarray]]


@dataclass(frozen=True, eq=False)
class Subject:
    """Cases of one model, of each a value per word, and the method that gave them."""

    explained: Explained
    cases: Sequence[Case]
    values: Sequence[np.ndarray]  # of each case (words,)
    method: Method


def order_of(values: np.ndarray) -> np.ndarray:
    """Give words from the most important one for the answer to the one most against it; ties as they stand."""
    return np.argsort(-values, kind="stable")


def most_important(values: np.ndarray, share: float) -> np.ndarray:
    """Tell which words are the most important ones, a share of all, at least one: (words,) bool."""
    chosen = np.zeros(len(values), bool)
    chosen[order_of(values)[: max(1, round(share * len(values)))]] = True
    return chosen


def drops(subject: Subject, hidden: Sequence[np.ndarray]) -> list[float]:
    """Give how far the probability of each answer falls where some words are hidden, of each case (words,) bool."""
    explained, cases = subject.explained, subject.cases
    changed = [case.hide(words, explained.fill) for case, words in zip(cases, hidden, strict=True)]
    before, after = np.split(explained.probabilities([*cases, *changed]), 2)
    return [float(value) for value in before - after]


def areas(subject: Subject, steps: int, *, inserted: bool) -> list[float]:
    """Give the mean probability of each answer while its words are hidden, or shown, the most important ones first."""
    explained, changed = subject.explained, []
    for case, values in zip(subject.cases, subject.values, strict=True):
        order = order_of(values)
        for step in range(steps + 1):
            first = np.zeros(len(values), bool)
            first[order[: round(step / steps * len(values))]] = True
            changed.append(case.hide(~first if inserted else first, explained.fill))
    curves = explained.probabilities(changed).reshape(len(subject.cases), steps + 1)
    return [float(np.trapezoid(curve) / steps) for curve in curves]
