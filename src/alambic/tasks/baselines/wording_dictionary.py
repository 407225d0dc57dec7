"""The dictionary for abbreviated wordings: each word written out as the training pairs most often do.

The two wordings of a pair are aligned word by word. A word of the short one is learnt with the words of the full one
that it is (AIGUE: aiguë), abbreviates (INSUF.: insuffisance), or of which it has the initials (T.M.: tumeur maligne).
What is not known is written in lower case. It adds no small word that the short wording leaves out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from alambic.tasks.examples import Answer, Example
from alambic.tasks.perturb.lexicon import abbreviates
from alambic.tasks.words import fold

SIGNS = ",;:()"


class WordingDictionary:
    """Writes each word of a text out."""

    def __init__(self, examples: Sequence[Example]) -> None:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for example in examples:
            if isinstance(example.gold, str):
                for short, full in _pairs(example.text, example.gold):
                    counts[short][full] += 1
        self.full = {short: min(of, key=lambda full, of=of: (-of[full], full)) for short, of in counts.items()}  # type: ignore[misc]

    def predict(self, examples: Sequence[Example]) -> list[Answer]:
        """Write each text out; its first letter is a capital."""
        return [self._written_out(example.text) for example in examples]

    def _written_out(self, text: str) -> str:
        words = (before + self.full.get(fold(word), word.lower()) + after for before, word, after in _parts(text))
        joined = " ".join(words)
        return joined[:1].upper() + joined[1:]


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """Give each word with the signs before and after it."""
    for word in text.split():
        bare = word.strip(SIGNS)
        start = word.find(bare) if bare else len(word)
        yield word[:start], bare, word[start + len(bare) :]


def _pairs(short: str, full: str) -> Iterator[tuple[str, str]]:
    """Align both wordings: ("insuf.", "insuffisance"), and words that are the same but for capitals and accents.

    The first word of the full wording has its capital from its place, unless more of it is in capitals.
    """
    ours, theirs = ([word for _, word, _ in _parts(text) if word] for text in (short, full))
    if theirs and theirs[0][1:].islower():
        theirs[0] = theirs[0].lower()
    left, right = [fold(word) for word in ours], [fold(word) for word in theirs]
    for change, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if change == "equal":
            yield from zip(left[a:b], theirs[c:d], strict=True)
        elif change == "replace" and b - a == d - c:
            for place in range(b - a):
                if abbreviates(right[c + place], left[a + place]):
                    yield left[a + place], theirs[c + place]
        elif change == "replace" and b - a == 1 and _initials(left[a], right[c:d]):
            yield left[a], " ".join(theirs[c:d])


def _initials(short: str, words: Sequence[str]) -> bool:
    """Tell whether "t.m." are the first letters of ("tumeur", "maligne")."""
    letters = short.split(".")
    return len(letters) == len(words) + 1 and letters[:-1] == [word[:1] for word in words] and not letters[-1]


def fit(examples: Sequence[Example]) -> WordingDictionary:
    """Learn from training pairs."""
    return WordingDictionary(examples)
