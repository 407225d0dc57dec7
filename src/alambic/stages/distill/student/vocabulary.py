"""The pieces of a student and of its teacher, which initial vectors are computed from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from scipy import sparse
from torch import Tensor

from alambic.data.documents import read_documents
from alambic.errors import UserError
from alambic.models.opening import open_tokenizer

Parts = list[tuple[int, ...]]  # of each piece, the teacher's pieces that it stands for


@dataclass(frozen=True)
class Vocabulary:
    """For each piece of a tokenizer, the teacher's pieces that it stands for; and the text that the student reads."""

    tokenizer: Path
    corpus: Path | None
    old_ids: list[list[int]]
    added: list[int]  # ids of the pieces that the teacher has not
    teachers: int  # number of the teacher's pieces

    @classmethod
    def read(cls, tokenizer: Path, corpus: Path | None, *, teachers: int) -> "Vocabulary":
        """Read the mapping of a fitted tokenizer."""
        rows = mapping(tokenizer)
        added = [number for number, origin in enumerate(rows["origin"]) if origin == "added"]
        return cls(tokenizer, corpus, rows["old_ids"], added, teachers)

    @property
    def size(self) -> int:
        """Number of pieces."""
        return len(self.old_ids)

    @cached_property
    def kept_pieces(self) -> list[int]:
        """Ids of the pieces that are the teacher's."""
        return sorted(set(range(self.size)) - set(self.added))

    def texts(self) -> Iterator[np.ndarray]:
        """Give the ids of each document of the corpus, without special tokens."""
        assert self.corpus is not None
        backend = open_tokenizer(self.tokenizer).backend_tokenizer
        for document in read_documents(self.corpus, part="train"):
            yield np.asarray(backend.encode(document.text, add_special_tokens=False).ids, np.int64)

    def parts(self, pieces: list[int]) -> sparse.csr_matrix:
        """Return equal weights of the teacher's pieces that each of `pieces` stands for, (pieces, teacher's pieces)."""
        places = [
            (row, old, 1 / len(self.old_ids[piece])) for row, piece in enumerate(pieces) for old in self.old_ids[piece]
        ]
        rows, columns, weights = zip(*places, strict=True) if places else ((), (), ())
        return sparse.csr_matrix((weights, (rows, columns)), shape=(len(pieces), self.teachers))

    def anchors(self, vectors: np.ndarray) -> tuple[list[int], list[int]]:
        """Return the kept and the added pieces that have a vector, which is not zero (pieces, width)."""
        has_vector = np.asarray(np.abs(vectors).sum(axis=1) > 0)
        return [piece for piece in self.kept_pieces if has_vector[piece]], [
            piece for piece in self.added if has_vector[piece]
        ]

    def mixed(self, seen: list[int], anchors: list[int], weights: list[sparse.csr_matrix]) -> sparse.csr_matrix:
        """Return weights of the teacher's pieces: of `anchors` for the pieces `seen`, of the parts for the others."""
        if not seen or not anchors:
            return self.parts(self.added)
        combined = sparse.vstack(weights, format="csr") @ self.parts(anchors)
        others = [piece for piece in self.added if piece not in set(seen)]
        order = np.argsort([*seen, *others])  # as in `added`, which ascends
        return sparse.csr_matrix(sparse.vstack([combined, self.parts(others)], format="csr")[order])


def new_table(old: Tensor, vocabulary: Vocabulary, weights: sparse.csr_matrix) -> Tensor:
    """Return a table (pieces, width): the teacher's rows for kept pieces, combinations of them for new ones."""
    table = torch.empty(vocabulary.size, old.shape[1], dtype=old.dtype)
    table[vocabulary.kept_pieces] = old[[vocabulary.old_ids[piece][0] for piece in vocabulary.kept_pieces]]
    if vocabulary.added:
        combined = weights @ old.double().numpy()
        table[vocabulary.added] = torch.as_tensor(combined).to(old.dtype)
    return table


def check_base(tokenizer: Path, teacher: Path) -> None:
    """Refuse a tokenizer whose kept pieces are not those of the teacher under the same numbers."""
    table = pq.read_table(tokenizer / "mapping.parquet", columns=["piece", "origin", "old_ids"])
    pieces = open_tokenizer(teacher).get_vocab()
    for row in table.to_pylist():
        if row["origin"] == "kept" and pieces.get(row["piece"]) != row["old_ids"][0]:
            raise UserError(
                f"tokenizer: its piece '{row['piece']}' has the number {row['old_ids'][0]} in its base and "
                f"{pieces.get(row['piece'])} in the teacher {teacher}: name this teacher, or the model that it was "
                "adapted from, as the tokenizer's `base`; or take a signal for any tokenizer, and `initial: random`"
            )


def mapping(tokenizer: Path) -> dict[str, list[Any]]:
    """Read, for each piece of a tokenizer: old_ids, the teacher's pieces it stands for, and origin, kept or added."""
    table = pq.read_table(tokenizer / "mapping.parquet", columns=["id", "old_ids", "origin"]).sort_by("id")
    return {name: table[name].to_pylist() for name in ("old_ids", "origin")}


def parts_of(folder: Path, tokenizer: Any, vocabulary: int) -> Parts:
    """Give the teacher's pieces that each piece of a tokenizer stands for.

    A special token that was added stands for no text: its part is the number `vocabulary`.
    """
    rows = mapping(folder)
    special = {piece for piece in tokenizer.all_special_ids if rows["origin"][piece] == "added"}
    return [(vocabulary,) if number in special else tuple(ids) for number, ids in enumerate(rows["old_ids"])]


def first_pieces(folder: Path, tokenizer: Any, vocabulary: int) -> Tensor | None:
    """Give the teacher's piece that each piece begins with; None where its pieces are all there, unchanged."""
    first = torch.tensor([part[0] for part in parts_of(folder, tokenizer, vocabulary)])
    identity = torch.arange(len(first)).clamp(max=vocabulary)
    return None if len(first) >= vocabulary and torch.equal(first, identity) else first
