"""What a task offers: examples in named splits, a kind of prediction, and a baseline without a model."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, Protocol

Answer = str | tuple[str, ...]  # a label; or several, sorted; or one IOB2 tag per word
Kind = Literal["label", "labels", "spans"]

# Words are runs of letters and digits; every other visible sign stands alone.
WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Example:
    """One text and its right answer."""

    id: str
    text: str
    gold: Answer
    words: tuple[tuple[int, int], ...] = ()  # character offsets; for spans only
    ignored: frozenset[int] = frozenset()  # words on which no prediction counts


class Baseline(Protocol):
    """Predicts without a model."""

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Give one answer per example."""
        ...


@dataclass(frozen=True)
class TaskData:
    """Everything that fine-tuning and evaluation need to know of a task."""

    kind: Kind
    labels: tuple[str, ...]  # for spans: every IOB2 tag, "O" first
    train: list[Example]
    test: dict[str, list[Example]]  # by name of the dataset
    fit_dictionary: Callable[[Sequence[Example]], Baseline]
    conversion: str = ""  # how the data was made comparable; part of every score's signature
    facts: dict[str, int] = field(default_factory=dict)


def fold(text: str) -> str:
    """Reduce `text` to lower case without accents, one character or more for each of its characters."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def word_offsets(text: str) -> tuple[tuple[int, int], ...]:
    """Give the (start, end) characters of the words of `text`."""
    return tuple(match.span() for match in WORD.finditer(text))


def folded_words(text: str, words: Iterable[tuple[int, int]]) -> list[str]:
    """Fold each word of `text`."""
    return [fold(text[start:end]) for start, end in words]


def draw(*parts: str | int) -> float:
    """Give a number in [0, 1) that depends on `parts` alone."""
    digest = sha256("/".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def sample(examples: Iterable[Example], *, limit: int, seed: int) -> list[Example]:
    """Keep `limit` examples chosen by the hash of their ids, all of them when `limit` is 0; sorted by that hash."""
    ordered = sorted(examples, key=lambda example: (draw(seed, example.id), example.id))
    return ordered[:limit] if limit else ordered
