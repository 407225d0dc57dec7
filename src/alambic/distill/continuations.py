"""The sequences that a causal student continues, with what the teacher expected at each of their tokens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.distill.expectations import Expectations, Expected, rows_of
from alambic.distill.losses import Predicted, shares
from alambic.distill.said import Said
from alambic.records import Document
from alambic.sketch import Sketch


@dataclass(frozen=True)
class Continuation:
    """A part of a document: n tokens, of which all but the first are predicted."""

    ids: np.ndarray  # (n,) token ids
    rows: np.ndarray  # (n - 1,) which of the teacher's expectations is about each predicted token, -1 for none
    expected: Expected | None


def continuations(
    documents: Iterable[Document], tokenizer: Any, *, first: int, length: int, expectations: Expectations | None
) -> Iterator[Continuation]:
    """Tokenise documents after a `first` token, and cut them into windows of at most `length` tokens.

    A window begins with the last token of the one before it, so that every token is predicted once.
    """
    for document in documents:
        encoded = tokenizer(document.text, add_special_tokens=False, return_offsets_mapping=True)
        ids = np.asarray([first, *encoded["input_ids"]])
        ends = np.asarray(encoded["offset_mapping"]).reshape(-1, 2)[:, 1]
        expected = expectations.of(document.id) if expectations else None
        rows = np.full(len(ends), -1) if expected is None else _rows(ids[1:], ends, expected)
        for start in range(0, len(ends), length - 1):
            chosen = slice(start, start + length - 1)
            yield Continuation(ids[start : start + length], rows[chosen], expected)


def _rows(ids: np.ndarray, ends: np.ndarray, expected: Expected) -> np.ndarray:
    if np.array_equal(ids, expected.tokens):  # cut alike: even tokens within a character are about the same thing
        return np.arange(len(ids))
    return rows_of(ends, expected.ends)


def coverage(examples: Iterable[Continuation]) -> float:
    """Return the share of the predicted tokens of which the teacher says something."""
    counts = [(len(example.rows), int((example.rows >= 0).sum())) for example in examples]
    return round(sum(said for _, said in counts) / max(1, sum(tokens for tokens, _ in counts)), 4)


@dataclass(frozen=True)
class Collator:
    """Pad continuations into a batch."""

    pad: int
    drawn: int  # ids and weights that the teacher gives for a token; 0 without a teacher

    def __call__(self, examples: list[Continuation]) -> dict[str, Tensor]:
        """Return ids, mask, labels and heard (batch, tokens), and of the p predicted tokens in that order the rest.

        labels are -100 where nothing is predicted; heard says where the teacher says something; teacher_ids and weights
        (p, drawn) and entropies (p,) are zero where it does not.
        """
        width = max(len(example.ids) for example in examples)
        shape = (len(examples), width)
        ids, labels = np.full(shape, self.pad), np.full(shape, -100)
        mask, heard = np.zeros(shape, np.int64), np.zeros(shape, bool)
        for row, example in enumerate(examples):
            size = len(example.ids)
            ids[row, :size], mask[row, :size] = example.ids, 1
            labels[row, : size - 1], heard[row, : size - 1] = example.ids[1:], example.rows >= 0
        arrays = {"ids": ids, "mask": mask, "labels": labels, "heard": heard}
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return batch | self._said(examples) if self.drawn else batch

    def _said(self, examples: list[Continuation]) -> dict[str, Tensor]:
        known = np.concatenate([example.rows for example in examples]) >= 0
        parts = [(e.expected, e.rows[e.rows >= 0]) for e in examples if e.expected is not None]
        columns = {
            name: torch.from_numpy(np.concatenate([getattr(one, name)[rows] for one, rows in parts]).astype(np.int64))
            for name in ("top", "codes", "sampled", "tails")
        }
        found, weights = Sketch(**columns).weights()
        entropies = np.concatenate([one.entropies[rows] for one, rows in parts]).astype(np.float32)
        where = torch.from_numpy(known)
        all_ids = torch.zeros(len(known), self.drawn, dtype=torch.long)
        all_weights, all_entropies = torch.zeros(len(known), self.drawn), torch.zeros(len(known))
        all_ids[where], all_weights[where], all_entropies[where] = found, weights, torch.from_numpy(entropies)
        return {"teacher_ids": all_ids, "weights": all_weights, "entropies": all_entropies}


def predicted(batch: dict[str, Tensor], states: Tensor, table: Tensor, *, first: Tensor | None, size: int) -> Predicted:
    """Gather what a student predicts in a batch, from its states (batch, tokens, width), and what is known of it."""
    chosen = batch["labels"] >= 0
    said = Said(
        batch["labels"][chosen],
        batch.get("teacher_ids"),
        batch.get("weights"),
        batch.get("entropies"),
        first,
        size,
    )
    of_teacher = shares(batch["heard"])[chosen] if "weights" in batch else None
    return Predicted(states[chosen], table, said, shares(chosen)[chosen], of_teacher)
