"""Abbreviations and what they stand for, as pairs of labels show them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from alambic.data.documents import Document
from alambic.tasks.sampling import draw
from alambic.tasks.words import fold

Side = Literal["train", "test"]
SEEN = 2  # a pair must be seen that often: once may be a slip


@dataclass(frozen=True)
class Lexicon:
    """Words and abbreviations, folded; each way a word may be written, most frequent first."""

    short: dict[str, tuple[str, ...]]  # of a word
    long: dict[str, tuple[str, ...]]  # of an abbreviation

    def of(self, side: Side) -> "Lexicon":
        """Keep the half of the words that is for training, or for testing: no model is tested on a pair it learnt."""
        short = {
            word: forms for word, forms in self.short.items() if (draw("lexicon", word) < 0.5) == (side == "train")
        }
        pairs = [(form, word) for word, forms in short.items() for form in forms]
        return Lexicon(short, _grouped(pairs))


def learn(documents: Iterable[Document]) -> Lexicon:
    """Learn from labels in a full and an abbreviated wording, as `icd10_fr` collects them.

    The two wordings of a code are aligned word by word; a pair counts when the abbreviation begins like the word and
    its letters stand in the word in their order.
    """
    wordings: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for document in documents:
        code, wording = document.metadata.get("code"), document.metadata.get("wording")
        if code and wording:
            wordings[code][wording] = document.text
    counts = Counter(
        pair for both in wordings.values() if len(both) == 2 for pair in _pairs(both["long"], both["short"])
    )
    often = sorted((pair for pair, times in counts.items() if times >= SEEN), key=lambda pair: (-counts[pair], pair))
    return Lexicon(_grouped(often), _grouped((short, word) for word, short in often))


def _pairs(long: str, short: str) -> Iterator[tuple[str, str]]:
    ours, theirs = fold(long).replace(",", " ").split(), fold(short).replace(",", " ").split()
    for change, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if change == "replace" and b - a == d - c:
            yield from (pair for pair in zip(ours[a:b], theirs[c:d], strict=True) if abbreviates(*pair))


def abbreviates(word: str, short: str) -> bool:
    """Tell whether `short` is an abbreviation of `word`, both folded."""
    letters = iter(word)
    bare = short.rstrip(".")
    return (
        word.isalpha()
        and bare.isalpha()
        and len(bare) < len(word) - (not short.endswith("."))
        and bare[0] == word[0]
        and all(letter in letters for letter in bare)
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for word, form in pairs:
        forms[word].append(form)
    return {word: tuple(others) for word, others in forms.items()}
