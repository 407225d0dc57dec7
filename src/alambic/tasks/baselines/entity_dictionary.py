"""The dictionary for entities: those of the training texts, recognised by longest match."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from alambic.tasks.examples import Answer, Example
from alambic.tasks.iob2 import from_tags
from alambic.tasks.words import folded_words, longest_matches


class EntityDictionary:
    """Recognise the entities of the training texts, folded, by longest match; the commonest label of a form wins."""

    def __init__(self, examples: Sequence[Example]) -> None:
        counts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for example in examples:
            folded = folded_words(example.text, example.words)
            for first, end, label in from_tags(example.gold):
                counts[tuple(folded[first:end])][label] += 1
        self.lexicon = {
            form: min(labels, key=lambda label, labels=labels: (-labels[label], label))  # type: ignore[misc]
            for form, labels in counts.items()
        }
        self.longest = max((len(form) for form in self.lexicon), default=0)

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Tag the words of each example."""
        return [self._tags(folded_words(example.text, example.words)) for example in examples]

    def _tags(self, folded: list[str]) -> tuple[str, ...]:
        tags = ["O"] * len(folded)
        for first, end, label in longest_matches(folded, self.lexicon, longest=self.longest):
            tags[first:end] = [f"B-{label}"] + [f"I-{label}"] * (end - first - 1)
        return tuple(tags)


def fit(examples: Sequence[Example]) -> EntityDictionary:
    """Learn from training examples with IOB2 tags."""
    return EntityDictionary(examples)
