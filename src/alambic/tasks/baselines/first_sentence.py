"""The lead: the first sentence of a text as its summary, the usual baseline without a model (Nenkova 2005)."""

from collections.abc import Sequence

from alambic.tasks.examples import Answer, Example
from alambic.tasks.sentences import sentences


class FirstSentence:
    """Give the first sentence of each text."""

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Take it; nothing of a text without any."""
        return [next(iter(sentences(example.text)), "") for example in examples]


def fit(examples: Sequence[Example]) -> FirstSentence:
    """Learn nothing."""
    return FirstSentence()
