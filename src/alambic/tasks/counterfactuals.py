"""How often an answer changes where only the patient of a text is another: she or he, older, of another first name.

The variants are test sets that the perturbation `patient` made of one another's texts. What is counted needs no right
answer: of two texts that differ in the patient alone, the answers should be the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from alambic.data.predictions import Answer, PredictedExamples
from alambic.settings.robustness import PERTURBED
from alambic.statistics.groups import Counted, Interval, ratio_interval
from alambic.tasks.attributes import AGE, FROM_TEXT, SEX
from alambic.tasks.group_scores import units_of

PERTURBATION = "patient"
AXES = ("sex", "age", "name")
TOLD_BY = {"sex": SEX, "name": SEX, "age": AGE}  # texts that tell it themselves are left out
FEWEST = 20  # texts


@dataclass(frozen=True)
class Pair:
    """Two variants of one test set that differ in one thing about the patient."""

    dataset: str
    axis: str  # of AXES
    first: str  # the name of a variant
    second: str


@dataclass(frozen=True)
class Changed:
    """The share of texts of which the answers differ between the two of a pair."""

    pair: Pair
    texts: int
    left_out: int  # of which the text itself tells of the patient what the pair changes
    share: Interval | None  # None: too few texts to judge
    flips: np.ndarray  # (seeds, texts): whether the answers differ
    units: list[str]


def pairs_of(perturb: Mapping[str, Mapping[str, Mapping[str, Any]]], datasets: Sequence[str]) -> list[Pair]:
    """List the pairs among a task's variants, for each of its test sets; other perturbations make no pair."""
    patients = {name: chosen[PERTURBATION] for name, chosen in perturb.items() if [*chosen] == [PERTURBATION]}
    return [
        Pair(dataset, axis, first, second)
        for dataset in datasets
        if PERTURBED not in dataset
        for first, second in combinations(patients, 2)
        if (axis := _only_difference(patients[first], patients[second]))
    ]


def changed_answers(
    predicted: Mapping[str, PredictedExamples], pair: Pair, *, resamples: int, confidence: float
) -> Changed | None:
    """Compare the answers to the two variants of each text; None where one of them was not answered."""
    original = predicted.get(pair.dataset)
    first, second = (predicted.get(f"{pair.dataset}{PERTURBED}{name}") for name in (pair.first, pair.second))
    if original is None or first is None or second is None:
        return None
    assert first.ids == second.ids == original.ids, f"{pair}: the variants are of other texts"
    named = TOLD_BY[pair.axis]
    told = [bool(a.get(named) or a.get(f"{named}{FROM_TEXT}")) for a in original.attributes]
    taken = [number for number, tells in enumerate(told) if not tells]
    flips = np.zeros((len(first.predicted), len(taken)))
    for row, seed in enumerate(first.predicted):
        answers = [_of_text(variant, seed, original) for variant in (first, second)]
        flips[row] = [answers[0][n] != answers[1][n] for n in taken]
    of = units_of(original)
    units = [of[n] for n in taken]
    share = None
    if len(set(units)) >= FEWEST:
        share = ratio_interval(_counted(flips), units, resamples=resamples, confidence=confidence)
    return Changed(pair, len(taken), len(told) - len(taken), share, flips, units)


def difference(student: Changed, teacher: Changed, *, resamples: int, confidence: float) -> Interval | None:
    """Say by how much more often the student's answers change than its teacher's, on the same texts."""
    if student.share is None or teacher.share is None or student.units != teacher.units:
        return None
    ours, theirs = _counted(student.flips), _counted(teacher.flips)
    return ratio_interval(ours, student.units, minus=theirs, resamples=resamples, confidence=confidence)


def _of_text(variant: PredictedExamples, seed: str, original: PredictedExamples) -> list[Answer]:
    """Give the answers about the texts themselves: of tags those of their words, not of the sentence before."""
    longer = [len(gold) - len(before) for gold, before in zip(variant.gold, original.gold, strict=True)]
    answers = zip(variant.predicted[seed], longer, strict=True)
    return [answer[more:] if more and isinstance(answer, tuple) else answer for answer, more in answers]


def _counted(flips: np.ndarray) -> Counted:
    return Counted(np.stack([flips, np.ones_like(flips)], axis=2), _share)


def _share(totals: np.ndarray) -> np.ndarray:
    texts = totals[..., 1]
    return np.divide(totals[..., 0], texts, out=np.zeros(texts.shape), where=texts > 0)


def _only_difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    differ = [axis for axis in AXES if first.get(axis) != second.get(axis)]
    return differ[0] if len(differ) == 1 else ""
