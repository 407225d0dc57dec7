"""A teacher's stored states, brought to the boundaries that the student's tokens share with the teacher's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import Tensor

from alambic.errors import UserError


@dataclass(frozen=True)
class Stored:
    """What the teacher said about one document: n tokens, with where they end and their states."""

    ends: np.ndarray  # (n,) characters
    states: np.ndarray  # (n, width) int8
    scales: np.ndarray  # (n,) float16


def segment_means(parts: list[tuple[Stored, np.ndarray]], size: int, width: int) -> Tensor:
    """Average the states of documents over `size` segments; (size, width) fp32, zeros where a segment has no token.

    Beside each document stands the segment of each of its tokens, (n,), -1 for none.
    """
    totals, counts = torch.zeros(size, width), torch.zeros(size, 1)
    if parts:
        kept = [(stored, segments, segments >= 0) for stored, segments in parts]
        states = np.concatenate([stored.states[inside] for stored, _, inside in kept])
        scales = np.concatenate([stored.scales[inside] for stored, _, inside in kept])
        places = torch.from_numpy(np.concatenate([segments[inside] for _, segments, inside in kept]))
        totals.index_add_(0, places, torch.from_numpy(states) * torch.from_numpy(scales.astype(np.float32))[:, None])
        counts.index_add_(0, places, torch.ones(len(places), 1))
    return totals / counts.clamp(min=1)


class Signal:
    """All the stored states of a corpus, by document."""

    def __init__(self, folder: Path) -> None:
        self._documents: dict[str, Stored] = {}
        self.width = 0
        for path in sorted(folder.glob("signal-*.parquet")):
            table = pq.read_table(path)
            self.width = int(table.schema.metadata[b"width"])
            for row in zip(*(table[name] for name in ("id", "ends", "states", "scales")), strict=True):
                name, ends, states, scales = (value.as_py() for value in row)
                self._documents[name] = Stored(
                    np.asarray(ends, np.int32),
                    np.frombuffer(states, np.int8).reshape(-1, self.width),
                    np.frombuffer(scales, np.float16),
                )
        if not self._documents:
            raise UserError(f"{folder} holds no signal: remove it and run `teach` again")

    def variance(self, *, documents: int = 2000) -> float:
        """Return the summed variance of the states' dimensions, from `documents` documents spread over the corpus."""
        chosen = list(self._documents.values())[:: max(1, len(self._documents) // documents)]
        states = np.concatenate([stored.states * stored.scales[:, None].astype(np.float32) for stored in chosen])
        return float(states.var(axis=0, dtype=np.float64).sum())

    def of(self, document: str) -> Stored:
        """Give what was stored about a document."""
        if document not in self._documents:
            raise UserError(f"the signal says nothing of document {document}: it was made from another corpus")
        return self._documents[document]


def align(teacher_ends: np.ndarray, student_ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Cut a text where a teacher's token and a student's token end at the same character.

    Returns the segment of each teacher token, the segment of each student token (-1 after the last shared end), and the
    number of segments. With the same tokenizer on both sides, every token is a segment of its own.
    """
    shared = np.intersect1d(teacher_ends, student_ends)
    return _segments(teacher_ends, shared), _segments(student_ends, shared), len(shared)


def _segments(ends: np.ndarray, shared: np.ndarray) -> np.ndarray:
    found = np.searchsorted(shared, ends)
    return np.where(found < len(shared), found, -1)
