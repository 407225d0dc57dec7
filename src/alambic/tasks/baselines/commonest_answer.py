"""The guess without a model for questions with answers to choose from: what was most often right in training.

It gives the set of names (a, b and d...) that was most often the whole right answer: what is left where nobody reads
the question.
"""

from collections import Counter
from collections.abc import Sequence

from alambic.tasks.examples import Answer, Example


class CommonestAnswer:
    """Give the commonest right answer among those that a question offers; of equals, the first in order."""

    def __init__(self, examples: Sequence[Example]) -> None:
        counts = Counter(example.gold for example in examples)
        self.one = all(isinstance(gold, str) for gold in counts)
        self.ordered = sorted(counts, key=lambda gold: (-counts[gold], gold))

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Answer each question; with its first answer where none of training is offered."""
        return [self._answer(example) for example in examples]

    def _answer(self, example: Example) -> Answer:
        names = [name for name, _ in example.choices]
        fitting = (gold for gold in self.ordered if ({gold} if isinstance(gold, str) else {*gold}) <= {*names})
        first: Answer = names[0] if self.one else (names[0],)
        return next(fitting, first)


def fit(examples: Sequence[Example]) -> CommonestAnswer:
    """Learn from training questions."""
    return CommonestAnswer(examples)
