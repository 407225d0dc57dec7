"""Which test text a document gives away, of all those of an experiment.

A document is refused where it is, holds, or is a part of a test text:

- the whole text, of any length: labels are hardly known otherwise;
- its runs of eight words: every run of the shorter of the two, or three in ten where that has twenty words or more, or
  those of a hundred words of one text, however long it is. Runs that three test texts of one task share are the
  task's manner of speaking, and do not count;
- nearly the same words: the sets of runs of three words of the test text and of the document, or of one of its
  paragraphs, have a Jaccard similarity of 0.4, both of twenty words or more.

The limits lie between what unrelated texts of one kind share and what paraphrases do (docs/notes/cleaning.md).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from datasketch import MinHashLSH

from alambic.stages.clean.decontamination.text_hashes import (
    LONG,
    PERMUTATIONS,
    RUN,
    TextHasher,
    TextHashes,
    similarity,
    sketch_of,
)

SHARE = 0.3  # of the runs of a long text
MANY = 100 - RUN + 1  # runs of a hundred words in a row
SPOKEN_BY = 3  # test texts that share a run which then tells nothing
SIMILAR = 0.4


class Leak(NamedTuple):
    """Whose test text was found, and how."""

    owner: str
    how: str


class Index:
    """The hashes of test texts, looked up by those of documents."""

    def __init__(self, hasher: TextHasher, hashes: Iterable[tuple[str, TextHashes]]) -> None:
        """Take (owner, hashes of a test text); texts that read alike count once for an owner."""
        self.hasher = hasher
        texts = list({(owner, text.whole): (owner, text) for owner, text in hashes}.values())
        self._owners = [owner for owner, _ in texts]
        self._whole = {text.whole: number for number, (_, text) in reversed(list(enumerate(texts)))}
        self._by_run: defaultdict[int, list[int]] = defaultdict(list)
        self._runs: list[int] = []
        for number, runs in enumerate(_distinctive_runs(texts)):
            self._runs.append(len(runs))
            for run in runs:
                self._by_run[run].append(number)
        # Candidates are compared below, so that it is worth having too many of them rather than missing some.
        self._near = MinHashLSH(threshold=SIMILAR, num_perm=PERMUTATIONS, weights=(0.1, 0.9))
        self._sketches = {number: sketch_of(text) for number, (_, text) in enumerate(texts) if text.sketch}
        for number, sketch in self._sketches.items():
            self._near.insert(number, sketch, check_duplication=False)

    def texts(self) -> dict[str, int]:
        """Count the test texts of each owner."""
        return dict(Counter(self._owners))

    def find(self, words: list[str], paragraphs: list[list[str]]) -> Leak | None:
        """Look for a test text in a document, given as its words and as those of its paragraphs."""
        number = self._whole.get(self.hasher.whole(words))
        if number is not None:
            return Leak(self._owners[number], "whole text")
        number = self._sharing_runs(words)
        if number is not None:
            return Leak(self._owners[number], "runs of words")
        number = next((p for part in (words, *paragraphs) for p in self._similar(part)), None)
        return None if number is None else Leak(self._owners[number], "near duplicate")

    def _sharing_runs(self, words: list[str]) -> int | None:
        runs = self.hasher.runs(words)
        shared = Counter(number for run in runs if run in self._by_run for number in self._by_run[run])
        for number, count in shared.most_common():
            if count >= _runs_needed(min(self._runs[number], len(runs))):
                return number
        return None

    def _similar(self, words: list[str]) -> Iterator[int]:
        if len(words) < LONG or self._near.is_empty():
            return
        sketch = self.hasher.sketch(words)
        for number in sorted(self._near.query(sketch)):
            if similarity(self._sketches[number], sketch) >= SIMILAR:
                yield number


def _runs_needed(runs: int) -> int:
    """Count the shared runs from which one text gives away another, of which the shorter has `runs`."""
    return runs if runs <= LONG - RUN else min(math.ceil(SHARE * runs), MANY)


def _distinctive_runs(texts: list[tuple[str, TextHashes]]) -> Iterator[tuple[int, ...]]:
    """Give the runs of each text but those that its task repeats all the time; all of them where no other is left."""
    spoken = Counter((owner, run) for owner, text in texts for run in text.runs)
    for owner, text in texts:
        distinctive = tuple(run for run in text.runs if spoken[owner, run] < SPOKEN_BY)
        yield distinctive or text.runs
