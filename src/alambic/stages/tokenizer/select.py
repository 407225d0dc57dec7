"""Choose the pieces that shorten a corpus most.

Every word starts as its cut by the base. The candidates are runs of neighbouring units within a word; the best one is
the one that saves most units over the corpus as it is cut by then. It is joined wherever it stands, and so on. Gains
only fall as neighbours are joined, so that most need not be computed again (lazy greedy; Minoux, 1978).
"""

from collections import defaultdict
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Protocol

MAX_UNITS = 8
MAX_CHARACTERS = 24


class Candidates(Protocol):
    """Words as they are cut so far, and the pieces that might be added."""

    places: dict[str, set[int]]

    def gain(self, piece: str) -> tuple[int, int]:
        """Return how many units `piece` would save, and how often it would stand."""

    def join(self, piece: str) -> None:
        """Add `piece`."""

    def uses(self, piece: str) -> int:
        """Count how often `piece` is a unit."""

    def split(self, piece: str, parts: list[str]) -> None:
        """Take `piece` away, which is cut into `parts` without it."""


class Cuts:
    """The words of a corpus, how often each occurs, and how each is cut so far."""

    def __init__(self, words: list[tuple[list[str], int]], allowed: Callable[[str], bool]) -> None:
        self.units = [units for units, _ in words]
        self.counts = [count for _, count in words]
        self.places: dict[str, set[int]] = defaultdict(set)  # words in which a candidate can be joined
        for number, units in enumerate(self.units):
            for piece in runs(units):
                if allowed(piece):
                    self.places[piece].add(number)

    def gain(self, piece: str) -> tuple[int, int]:
        """Return how many units joining `piece` would save, and how often it stands in the corpus."""
        saved = seen = 0
        for number in self.places[piece]:
            for start, end in _stands(self.units[number], piece):
                saved += self.counts[number] * (end - start - 1)
                seen += self.counts[number]
        return saved, seen

    def join(self, piece: str) -> None:
        """Make `piece` one unit wherever it stands."""
        for number in self.places[piece]:
            units = self.units[number]
            for start, end in reversed(_stands(units, piece)):
                units[start:end] = [piece]

    def uses(self, piece: str) -> int:
        """Count how often `piece` is a unit."""
        return sum(self.counts[number] * self.units[number].count(piece) for number in self.places[piece])

    def split(self, piece: str, parts: list[str]) -> None:
        """Put `parts` back in the place of `piece`."""
        for number in self.places[piece]:
            self.units[number] = [part for unit in self.units[number] for part in (parts if unit == piece else [unit])]


def select_pieces(
    cuts: Candidates, base_cut: Callable[[str], list[str]], *, limit: int, minimum_count: int, rounds: int = 4
) -> list[str]:
    """Return up to `limit` pieces, the most useful first; each stands `minimum_count` times in the corpus or more.

    A piece that longer ones have made rare gives its place to the next in line.
    """
    chosen: list[str] = []
    refused: set[str] = set()
    for _ in range(rounds):
        _fill(cuts, chosen, refused, limit=limit, minimum_count=minimum_count)
        rare = [piece for piece in chosen if cuts.uses(piece) < minimum_count]
        for piece in rare:
            cuts.split(piece, base_cut(piece))
        refused.update(rare)
        chosen = [piece for piece in chosen if piece not in refused]
        if not rare:
            break
    return chosen


def _fill(cuts: Candidates, chosen: list[str], refused: set[str], *, limit: int, minimum_count: int) -> None:
    taken = refused.union(chosen)
    queue = [(-cuts.gain(piece)[0], piece) for piece in cuts.places if piece not in taken]
    heapify(queue)
    while queue and len(chosen) < limit:
        _, piece = heappop(queue)
        gain, seen = cuts.gain(piece)
        if gain <= 0 or seen < minimum_count:
            continue
        if queue and (-gain, piece) > queue[0]:
            heappush(queue, (-gain, piece))
            continue
        cuts.join(piece)
        chosen.append(piece)


def runs(units: list[str]) -> set[str]:
    """Return what neighbouring units spell together, two at least: ["a", "b", "c"] -> {"ab", "bc", "abc"}."""
    spelt = set()
    for start in range(len(units)):
        piece = units[start]
        for unit in units[start + 1 : start + MAX_UNITS]:
            piece += unit
            if len(piece) > MAX_CHARACTERS:
                break
            spelt.add(piece)
    return spelt


def _stands(units: list[str], piece: str) -> list[tuple[int, int]]:
    """Return where two units or more spell `piece`, from left to right and without overlap."""
    spans, start = [], 0
    while start < len(units):
        end, spelt = start, ""
        while end < len(units) and len(spelt) < len(piece):
            spelt += units[end]
            end += 1
        if spelt == piece and end - start > 1:
            spans.append((start, end))
            start = end
        else:
            start += 1
    return spans
