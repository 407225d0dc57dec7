"""What a piece would change in words that are cut by taking the longest piece, again and again."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from alambic.stages.tokenizer.select import MAX_CHARACTERS, runs


@dataclass(frozen=True)
class Vocabulary:
    """The pieces of a WordPiece model; those that go on within a word begin with `prefix`."""

    pieces: set[str]
    prefix: str
    longest: int  # characters; longer words are unknown

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Vocabulary":
        """Read a tokenizer.json."""
        model = content["model"]
        return cls(set(model["vocab"]), model["continuing_subword_prefix"], model["max_input_chars_per_word"])

    def cut(self, word: str, extra: str | None = None) -> list[str] | None:
        """Cut a word, or what goes on within one, also with the piece `extra`; None when it is unknown."""
        mark, rest = (self.prefix, word[len(self.prefix) :]) if self._goes_on(word) else ("", word)
        if len(rest) > self.longest:
            return None
        units: list[str] = []
        while rest:
            for end in range(len(rest), 0, -1):
                piece = mark + rest[:end]
                if piece in self.pieces or piece == extra:
                    break
            else:
                return None
            units.append(piece)
            rest, mark = rest[end:], self.prefix
        return units

    def _goes_on(self, word: str) -> bool:
        return word.startswith(self.prefix) and len(word) > len(self.prefix)


class LongestMatch:
    """The words of a corpus, how often each occurs, how each is cut so far, and what a piece would change."""

    def __init__(
        self, words: list[tuple[str, int]], vocabulary: Vocabulary, general: list[str], *, minimum_count: int
    ) -> None:
        self.vocabulary = vocabulary
        corpus = {word: count for word, count in words if word.isalpha()}
        # Words of general French weigh nothing, but none of them may be cut otherwise than by joining.
        self.words = [*corpus, *(word for word in general if word not in corpus)]
        self.general = set(general)
        self.counts = [corpus.get(word, 0) for word in self.words]
        self.units = [vocabulary.cut(word) or [] for word in self.words]
        self.places = self._places(minimum_count)

    def gain(self, piece: str) -> tuple[int, int]:
        """Return how many units `piece` would save, and how often it would stand; nothing where it does harm."""
        saved = seen = 0
        for number in self.places[piece]:
            before, after = self.units[number], self.vocabulary.cut(self.words[number], piece)
            if after is None or (self.words[number] in self.general and not self._ends(after) <= self._ends(before)):
                return 0, 0
            saved += self.counts[number] * (len(before) - len(after))
            seen += self.counts[number] * after.count(piece)
        return saved, seen

    def join(self, piece: str) -> None:
        """Add `piece` to the vocabulary."""
        self.vocabulary.pieces.add(piece)
        self._cut_again(piece)

    def uses(self, piece: str) -> int:
        """Count how often `piece` is a unit."""
        return sum(self.counts[number] * self.units[number].count(piece) for number in self.places[piece])

    def split(self, piece: str, parts: list[str]) -> None:
        """Take `piece` out of the vocabulary."""
        self.vocabulary.pieces.discard(piece)
        self._cut_again(piece)

    def _cut_again(self, piece: str) -> None:
        for number in self.places[piece]:
            self.units[number] = self.vocabulary.cut(self.words[number]) or []

    def _places(self, minimum_count: int) -> dict[str, set[int]]:
        """Find, for each run of neighbouring units, every word in which it matches where a unit begins."""
        candidates: Counter[str] = Counter()
        for units, count in zip(self.units, self.counts, strict=True):
            for piece in self._runs(units) if count else ():
                candidates[piece] += count
        frequent = {piece for piece, count in candidates.items() if count >= minimum_count}
        places: dict[str, set[int]] = defaultdict(set)
        for number, (word, units) in enumerate(zip(self.words, self.units, strict=True)):
            for start in {0, *self._ends(units)} if units else ():
                mark = self.vocabulary.prefix if start else ""
                for end in range(start + 2, min(len(word), start + MAX_CHARACTERS) + 1):
                    if mark + word[start:end] in frequent:
                        places[mark + word[start:end]].add(number)
        return places

    def _runs(self, units: list[str]) -> set[str]:
        bare = [unit.removeprefix(self.vocabulary.prefix) for unit in units]
        first = {run for run in runs(bare) if "".join(bare).startswith(run)}
        later = {self.vocabulary.prefix + run for run in runs(bare[1:])}
        return {piece for piece in first | later if piece not in self.vocabulary.pieces}

    def _ends(self, units: list[str]) -> set[int]:
        """Return where units end, in characters of the word."""
        ends, end = set(), 0
        for unit in units:
            end += len(unit.removeprefix(self.vocabulary.prefix) if end else unit)
            ends.add(end)
        return ends
