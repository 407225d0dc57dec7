"""What an answer consists of: the entities of tagged words, or labels. Scores by label and by term count these."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alambic.data.predictions import Answer, PredictedExamples
from alambic.tasks.iob2 import from_tags


@dataclass(frozen=True, order=True)
class Item:
    """An entity, from its first word to the one after its last, or a label of the whole text, which has no words."""

    label: str
    first: int = 0
    end: int = 0


def items_of(answer: Answer, labels: Sequence[str]) -> set[Item]:
    """Take an answer apart; `labels` are the task's, which tell tags of words by their first, "O"."""
    if isinstance(answer, str):
        return {Item(answer)}
    if labels and labels[0] == "O":
        return {Item(label, first, end) for first, end, label in from_tags(answer)}
    return {Item(label) for label in answer}


@dataclass(frozen=True)
class ScoredItems:
    """The items of each example of a dataset: the right ones, and those of each seed."""

    gold: list[set[Item]]
    predicted: dict[str, list[set[Item]]]

    @classmethod
    def of(cls, part: PredictedExamples, labels: Sequence[str]) -> "ScoredItems":
        """Take all answers of a dataset apart."""
        return cls(
            [items_of(answer, labels) for answer in part.gold],
            {seed: [items_of(answer, labels) for answer in answers] for seed, answers in part.predicted.items()},
        )

    def counts(self, groups: Sequence[dict[Item, int]], number: int) -> list[np.ndarray]:
        """Count (right, gold, predicted) items in each of `number` groups: of each seed (examples, number, 3).

        `groups` gives, of each example, the group of each item; an item without one is not counted.
        """
        counted = []
        for predicted in self.predicted.values():
            counts = np.zeros((len(self.gold), number, 3))
            for row, (gold, given, group) in enumerate(zip(self.gold, predicted, groups, strict=True)):
                for column, items in enumerate((gold & given, gold, given)):
                    for item in items & group.keys():
                        counts[row, group[item], column] += 1
            counted.append(counts)
        return counted

    def all_items(self) -> list[set[Item]]:
        """Give what is right or was answered in each example, by whatever seed."""
        return [gold.union(*given) for gold, *given in zip(self.gold, *self.predicted.values(), strict=True)]
