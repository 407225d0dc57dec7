"""A teacher's stored expectations of tokens, the next ones or hidden ones, read back document by document."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alambic.data.signal_store import Key, facts_of, key_of, stored_rows
from alambic.data.sketch_columns import from_columns


@dataclass(frozen=True)
class Expected:
    """What a teacher expected at n of the teacher tokens of one document: at all of them, or at the hidden ones."""

    ends: np.ndarray  # (n,) characters
    tokens: np.ndarray  # (n,) its ids
    target_log_probs: np.ndarray  # (n,) log-probability of the token itself, nats
    entropies: np.ndarray  # (n,) nats
    top: np.ndarray  # (n, k) ids
    codes: np.ndarray  # (n, k) uint8
    sampled: np.ndarray  # (n, m) ids
    tails: np.ndarray  # (n,) uint16
    begins: np.ndarray  # (n,) characters; of hidden tokens only
    rounds: np.ndarray  # (n,) in which round they were hidden; of hidden tokens only


class Expectations:
    """The stored expectations of a corpus."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        facts = facts_of(folder)
        self.top, self.sampled, self.vocabulary = (int(facts[name]) for name in ("top", "sampled", "vocabulary"))
        self.rounds = int(facts.get("rounds", 1))

    def __iter__(self) -> Iterator[tuple[Key, Expected]]:
        """Yield each document's key and expectations, in the order of the corpus."""
        for row in stored_rows(self.folder):
            yield key_of(row), self._read(row)

    def _read(self, row: dict[str, Any]) -> Expected:
        places = {name: np.asarray(row.get(name, ()), np.int32) for name in ("ends", "begins", "rounds")}
        return Expected(**places, **from_columns(row, top=self.top, sampled=self.sampled))


def rows_of(student: np.ndarray, teacher: np.ndarray) -> np.ndarray:
    """Say which of the teacher's expectations is about the same next character as each of the student's tokens.

    student (n,) and teacher (m,): the character at which each token ends -> (n,), -1 where the teacher has no token
    that begins there: [3, 5, 9] and [5, 9] -> [0, -1, 1]. A token within a character begins nowhere: others may have
    cut that character otherwise.
    """
    student_begins, teacher_begins = _begins(student), _begins(teacher)
    usable = np.flatnonzero(teacher_begins >= 0)
    positions = np.searchsorted(teacher_begins[usable], student_begins)
    inside = (student_begins >= 0) & (positions < len(usable))
    rows = np.full(len(student), -1)
    candidates = usable[positions[inside]]
    rows[inside] = np.where(teacher_begins[candidates] == student_begins[inside], candidates, -1)
    return rows


def _begins(ends: np.ndarray) -> np.ndarray:
    """Say where each token begins: where the one before it ends; -1 for one that ends no further than that."""
    before = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    return np.where(ends > before, before, -1)
