"""What a task's labels and training texts know of words, without any model."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alambic.stages.explain.case import Case
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.iob2 import entities_of, from_tags
from alambic.tasks.words import folded_words, word_offsets

SHORTEST = 3  # letters of a word of a label's text that counts: shorter ones are of the language


@dataclass(frozen=True)
class KnownWords:
    """How much each folded word speaks for a label."""

    of_texts: Mapping[str, frozenset[str]]  # the words of what each label says
    of_labels: Mapping[str, Mapping[str, float]]  # how far each word goes with each label in training

    @classmethod
    def of(cls, data: TaskData) -> "KnownWords":
        """Gather them."""
        texts = {label: frozenset(w for text in said for w in _words(text)) for label, said in data.label_texts.items()}
        counted = _of_entities(data) if data.head in ("token_classification", "entity_generation") else _of_texts(data)
        return cls(texts, counted)

    def values(self, case: Case) -> np.ndarray:
        """Give the weight of each word of a case for its target, (words,)."""
        folded = folded_words(case.text, case.words)
        place = place_of(case.target)
        label = place[0] if place else case.target
        if said := self.of_texts.get(label):
            return np.array([float(word in said) for word in folded])
        known = self.of_labels.get(label, {})
        return np.array([known.get(word, 0.0) for word in folded])


def place_of(target: str) -> tuple[str, int, int] | None:
    """Read the name of an entity: "DISO 12-18" -> ("DISO", 12, 18); None for another one."""
    label, _, place = target.rpartition(" ")
    start, _, end = place.partition("-")
    return (label, int(start), int(end)) if label and start.isdecimal() and end.isdecimal() else None


def touched_entity(case: Case) -> np.ndarray | None:
    """Tell the words of right entities of its type that an entity touches, (words,) bool; None for another answer."""
    if (place := place_of(case.target)) is None or not case.example.words:
        return None
    label, begin, stop = place
    marked = np.zeros(len(case.words), bool)
    for first, end, of_right in entities_of(case.example.gold, case.example.spans):
        if of_right == label and case.words[first][0] < stop and case.words[end - 1][1] > begin:
            marked[first:end] = True
    return marked


def _words(text: str) -> list[str]:
    return [word for word in folded_words(text, word_offsets(text)) if len(word) >= SHORTEST]


def _of_entities(data: TaskData) -> dict[str, dict[str, float]]:
    """Give the share of each word's places, in training, that bear a type."""
    places: Counter[str] = Counter()
    bearing: dict[str, Counter[str]] = defaultdict(Counter)
    for example in data.train:
        folded = folded_words(example.text, example.words)
        places.update(folded)
        for first, end, label in from_tags(example.gold):
            bearing[label].update(folded[first:end])
    return {label: {word: count / places[word] for word, count in own.items()} for label, own in bearing.items()}


def _of_texts(data: TaskData) -> dict[str, dict[str, float]]:
    """Give by how much a label is more frequent in training texts with a word than in all; words of one text are 0."""
    having: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    both: dict[str, Counter[str]] = defaultdict(Counter)
    for example in data.train:
        words = set(_words(example.text))
        having.update(words)
        for label in _answers(example):
            labels[label] += 1
            both[label].update(words)
    total = max(len(data.train), 1)
    return {
        label: {word: n / having[word] - labels[label] / total for word, n in own.items() if having[word] > 1}
        for label, own in both.items()
    }


def _answers(example: Example) -> tuple[str, ...]:
    return (example.gold,) if isinstance(example.gold, str) else example.gold
