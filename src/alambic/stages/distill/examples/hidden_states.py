"""A teacher's stored states, brought to the boundaries that the student's tokens share with the teacher's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alambic.data.signal_store import Key, facts_of, key_of, stored_rows


@dataclass(frozen=True)
class StoredVectors:
    """A teacher's vectors of one document: n tokens, with where they end and their states."""

    ends: np.ndarray  # (n,) characters
    states: np.ndarray  # (n, width) int8
    scales: np.ndarray  # (n,) float16


class StoredStates:
    """The stored states of a corpus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.width = int(facts_of(folder)["width"])

    def __iter__(self) -> Iterator[tuple[Key, StoredVectors]]:
        """Yield each document's key and states, in the order of the corpus."""
        for row in stored_rows(self.folder):
            states = np.frombuffer(row["states"], np.int8).reshape(-1, self.width)
            yield (
                key_of(row),
                StoredVectors(np.asarray(row["ends"], np.int32), states, np.frombuffer(row["scales"], np.float16)),
            )


class Spread:
    """The variance of vectors that pass by, summed over their dimensions."""

    def __init__(self, width: int) -> None:
        self.count = 0
        self.sums, self.squares = np.zeros(width), np.zeros(width)

    def add(self, vectors: np.ndarray) -> None:
        """Take in vectors (n, width)."""
        self.count += len(vectors)
        self.sums += vectors.sum(axis=0, dtype=np.float64)
        self.squares += np.square(vectors, dtype=np.float64).sum(axis=0)

    def variance(self) -> float:
        """Give the variance of all that were taken in."""
        mean = self.sums / max(1, self.count)
        return float((self.squares / max(1, self.count) - mean**2).sum())


def align(teacher_ends: np.ndarray, student_ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Cut a text where a teacher's token and a student's token end at the same character.

    Returns the segment of each teacher token, the segment of each student token (-1 after the last shared end), and the
    number of segments: teacher's ends [3, 5, 9] and student's [5, 9] -> [0, 0, 1], [0, 1], 2. With the same tokenizer
    on both sides, every token is a segment of its own.
    """
    shared = np.intersect1d(teacher_ends, student_ends)
    return _segments(teacher_ends, shared), _segments(student_ends, shared), len(shared)


def _segments(ends: np.ndarray, shared: np.ndarray) -> np.ndarray:
    segments = np.searchsorted(shared, ends)
    return np.where(segments < len(shared), segments, -1)
