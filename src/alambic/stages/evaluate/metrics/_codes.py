"""Codes of lines and of certificates counted: right, expected and given, each code once."""

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np

from alambic.tasks.unit_names import unit_of

Answers = Sequence[str | Collection[str]]


def codes_of(answer: str | Collection[str]) -> set[str]:
    """Give the codes of an answer as a set; one label is one code, an empty one none."""
    return ({answer} if answer else set()) if isinstance(answer, str) else {*answer}


def line_counts(gold: Answers, predicted: Answers) -> np.ndarray:
    """Count (right, expected, given) codes of each line, (lines, 3)."""
    pairs = [(codes_of(ours), codes_of(theirs)) for ours, theirs in zip(gold, predicted, strict=True)]
    counts = [(len(ours & theirs), len(ours), len(theirs)) for ours, theirs in pairs]
    return np.array(counts, dtype=np.float64).reshape(-1, 3)


def members(units: Sequence[str], ids: Sequence[str]) -> dict[str, list[int]]:
    """Give the examples of each unit, in order; an example without a unit is its own."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, (unit, name) in enumerate(zip(units, ids, strict=True)):
        found[unit_of(unit, name)].append(place)
    return dict(found)


def certificate_counts(gold: Answers, predicted: Answers, units: Sequence[str], ids: Sequence[str]) -> np.ndarray:
    """Count (right, expected, given) codes of each certificate, beside its first line; zeros beside others: (lines, 3).

    A code that several lines of a certificate have counts once.
    """
    counts = np.zeros((len(gold), 3))
    for places in members(units, ids).values():
        ours, theirs = (set().union(*(codes_of(answers[place]) for place in places)) for answers in (gold, predicted))
        counts[places[0]] = len(ours & theirs), len(ours), len(theirs)
    return counts


def whole_counts(gold: Answers, predicted: Answers, units: Sequence[str], ids: Sequence[str]) -> np.ndarray:
    """Count (certificates of which every line has its codes and no other, 1) beside the first line: (lines, 2)."""
    counts = np.zeros((len(gold), 2))
    for places in members(units, ids).values():
        right = all(codes_of(gold[place]) == codes_of(predicted[place]) for place in places)
        counts[places[0]] = right, 1
    return counts
