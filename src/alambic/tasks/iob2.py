"""Entities as IOB2 tags on words, and the dictionary that recognises them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alambic.tasks.examples import Answer, Example, folded_words

Offsets = Sequence[tuple[int, int]]


@dataclass(frozen=True, order=True)
class Span:
    """A mention: characters `start` to `end`, end not included."""

    start: int
    end: int
    label: str


def tag_names(labels: Iterable[str]) -> tuple[str, ...]:
    """List the IOB2 tags of `labels`, "O" first."""
    return ("O", *(f"{prefix}-{label}" for label in sorted(labels) for prefix in "BI"))


def to_tags(words: Offsets, spans: Iterable[Span]) -> tuple[str, ...]:
    """Tag every word that a span touches; where spans meet in one word, the first given keeps it."""
    tags = ["O"] * len(words)
    for span in spans:
        touched = [n for n, (start, end) in enumerate(words) if start < span.end and end > span.start]
        if touched and all(tags[number] == "O" for number in touched):
            for number in touched:
                tags[number] = f"{'B' if number == touched[0] else 'I'}-{span.label}"
    return tuple(tags)


def from_tags(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """List the (first word, word after the last, label) of the entities in well-formed IOB2 `tags`."""
    found: list[tuple[int, int, str]] = []
    for number, tag in enumerate(tags):
        if tag.startswith("B-"):
            found.append((number, number + 1, tag[2:]))
        elif tag.startswith("I-"):
            first, _, label = found.pop()
            found.append((first, number + 1, label))
    return found


def repair(tags: Sequence[str]) -> tuple[str, ...]:
    """Make any tags well-formed: an I that continues nothing of its own label begins an entity."""
    fixed: list[str] = []
    for tag in tags:
        continues = bool(fixed) and fixed[-1] != "O" and fixed[-1][2:] == tag[2:]
        fixed.append(f"B-{tag[2:]}" if tag.startswith("I-") and not continues else tag)
    return tuple(fixed)


def without(tags: Sequence[str], ignored: frozenset[int]) -> tuple[str, ...]:
    """Take out of `tags` every entity that has an ignored word."""
    kept = list(tags)
    for first, end, _ in from_tags(tags):
        if any(number in ignored for number in range(first, end)):
            kept[first:end] = ["O"] * (end - first)
    return tuple(kept)


def longest_matches(
    folded: Sequence[str], lexicon: Mapping[tuple[str, ...], str], *, longest: int
) -> list[tuple[int, int, str]]:
    """Read `folded` words from left to right and take the longest entry of `lexicon` at each place."""
    found, place = [], 0
    while place < len(folded):
        for size in range(min(longest, len(folded) - place), 0, -1):
            label = lexicon.get(tuple(folded[place : place + size]))
            if label is not None:
                found.append((place, place + size, label))
                place += size
                break
        else:
            place += 1
    return found


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
