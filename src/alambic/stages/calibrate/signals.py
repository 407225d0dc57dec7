"""What tells how sure an answer is: one small function a signal, and how a unit has it from its examples.

A unit, such as a certificate, is right when every example in it is, so that its weakest example counts most. A signal
that a system cannot give, as a dictionary without probabilities, is left out. Higher need not be surer: the model that
combines them finds the direction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from alambic.data.predictions import Answer
from alambic.stages.calibrate.answered import AnsweredExamples, same_answer

Signal = Callable[
    [AnsweredExamples, np.ndarray | None], np.ndarray | None
]  # given how near the texts are to learnt ones
SMALLEST = 1e-6


def probability(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the log odds of the least probable part of the answer: of a text with a label, of its softmax."""
    return None if examples.read is None else logit(examples.read.probability)


def margin(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give how much more probable the answer is than what comes next."""
    return None if examples.read is None else examples.read.margin


def sequence_probability(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the log probability of the whole answer."""
    return None if examples.read is None else examples.read.log_probability


def probability_by_other_seeds(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the log odds of the same answer by the mean of the other seeds: an ensemble's view of it."""
    if not examples.read_by_others:
        return None
    return logit(np.mean([read.probability for read in examples.read_by_others], axis=0))


def agreement_of_seeds(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the share of the system's other seeds that give the same answer."""
    return _agreement(examples.answers, examples.seeds)


def agreement_of_systems(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the share of the other systems that give the same answer."""
    return _agreement(examples.answers, examples.systems)


def nearest_wording(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the cosine similarity of the text to the nearest training text, by character trigrams: 1 was seen."""
    return nearest


def labels(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the number of labels or codes in the answer."""
    return np.array([1 if isinstance(answer, str) else len(answer) for answer in examples.answers], dtype=float)


def lines(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give 1 for each example, so that a unit has the number of its own."""
    return np.ones(len(examples.ids))


def words(examples: AnsweredExamples, nearest: np.ndarray | None) -> np.ndarray | None:
    """Give the length of the text in words, as the predictions tell it."""
    counts = [attributes.get("words", "") for attributes in examples.attributes]
    return np.array([float(count) for count in counts]) if all(counts) else None


@dataclass(frozen=True)
class OfUnits:
    """How a unit has a signal from its examples."""

    signal: Signal
    combine: np.ufunc  # of the examples of a unit: the least of them, or their sum
    logarithm: bool = False  # of the sum: lengths differ by factors


SIGNALS: Mapping[str, OfUnits] = {
    "probability": OfUnits(probability, np.minimum),
    "margin": OfUnits(margin, np.minimum),
    "sequence_probability": OfUnits(sequence_probability, np.add),
    "probability_by_other_seeds": OfUnits(probability_by_other_seeds, np.minimum),
    "agreement_of_seeds": OfUnits(agreement_of_seeds, np.minimum),
    "agreement_of_systems": OfUnits(agreement_of_systems, np.minimum),
    "nearest_wording": OfUnits(nearest_wording, np.minimum),
    "labels": OfUnits(labels, np.add, logarithm=True),
    "lines": OfUnits(lines, np.add, logarithm=True),
    "words": OfUnits(words, np.add, logarithm=True),
}


def signals_of_units(
    examples: AnsweredExamples, nearest: np.ndarray | None, unit_of: np.ndarray, units: int
) -> dict[str, np.ndarray]:
    """Give every signal that there is by its name, (units,); `unit_of` has the number of each example's unit."""
    found = {}
    for name, of in SIGNALS.items():
        values = of.signal(examples, nearest)
        if values is None:
            continue
        together = np.full(units, 0.0 if of.combine is np.add else np.inf)
        of.combine.at(together, unit_of, values)
        found[name] = np.log1p(together) if of.logarithm else together
    return found


def logit(probabilities: np.ndarray) -> np.ndarray:
    """Give the log odds, of probabilities that are not quite 0 or 1."""
    clipped = np.clip(probabilities, SMALLEST, 1 - SMALLEST)
    odds: np.ndarray = np.log(clipped / (1 - clipped))
    return odds


def _agreement(answers: list[Answer], others: list[list[Answer]]) -> np.ndarray | None:
    if not others:
        return None
    agree = [[same_answer(*pair) for pair in zip(answers, given, strict=True)] for given in others]
    return np.mean(agree, axis=0)
