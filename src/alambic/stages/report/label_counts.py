"""Precision and recall of each label, over all seeds of a model."""

from collections import Counter
from dataclasses import dataclass

from alambic.stages.report.answers import Answers


@dataclass(frozen=True)
class LabelScore:
    """How often a label was given rightly; the mean over seeds."""

    precision: float
    recall: float
    f1: float
    support: int  # how often it is right in the test set


def by_label(answers: Answers) -> dict[str, LabelScore]:
    """Score each label that is right or was given, most frequent first; an entity counts where all of it is right."""
    right, given, gold = _counted(answers)
    seeds = len(answers.by_seed)
    labels = sorted(gold | given, key=lambda label: (-gold[label], label))
    return {label: _score(right[label], given[label], gold[label], seeds) for label in labels}


def together(answers: Answers) -> LabelScore:
    """Score all labels together (micro average)."""
    right, given, gold = (counted.total() for counted in _counted(answers))
    return _score(right, given, gold, len(answers.by_seed))


def _counted(answers: Answers) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Count how often each label was given rightly, was given, and is right, over all seeds."""
    right, given, gold = Counter[str](), Counter[str](), Counter[str]()
    for predicted in answers.by_seed.values():
        for expected, answer in zip(answers.gold, predicted, strict=True):
            wanted, found = answers.pieces(expected), answers.pieces(answer)
            right.update(label for *_, label in wanted & found)
            given.update(label for *_, label in found)
            gold.update(label for *_, label in wanted)
    return right, given, gold


def _score(right: int, given: int, gold: int, seeds: int) -> LabelScore:
    precision, recall = (right / number if number else 0.0 for number in (given, gold))
    f1 = 2 * right / (given + gold) if given + gold else 0.0
    return LabelScore(precision, recall, f1, gold // max(1, seeds))
