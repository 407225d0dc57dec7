"""Runs of words that a written text copies from what was read."""

from collections import defaultdict
from collections.abc import Sequence


def copied_runs(source: Sequence[str], written: Sequence[str]) -> list[int]:
    """Give the lengths of the runs that are copied, each as long as can be, from left to right.

    Grusky et al. 2018, "Newsroom", call them extractive fragments: of "a b c x d" in "a b c d" they are 3 and 1.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(source):
        places[word].append(place)
    runs, start = [], 0
    while start < len(written):
        longest = max((_shared(source, place, written, start) for place in places.get(written[start], ())), default=0)
        if longest:
            runs.append(longest)
        start += longest or 1
    return runs


def _shared(source: Sequence[str], place: int, written: Sequence[str], start: int) -> int:
    size = 0
    while place + size < len(source) and start + size < len(written) and source[place + size] == written[start + size]:
        size += 1
    return size
