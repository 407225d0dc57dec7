"""Which sequences of a batch share a row of what a model reads, so that little of it is padding.

The longest goes first, each into the row with most room (LPT: Graham 1969, SIAM J. Appl. Math. 17, 416-429).
"""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heapreplace
from typing import Any

import numpy as np
import torch
from torch import Tensor

SPARED = 0.01  # share of padding below which a batch is left as it is, and no better plan is looked for
FEWER = 0.8  # rows of a plan, as a share of those of the one tried before it


@dataclass(frozen=True)
class PackingCollator:
    """A collator whose batches say too which sequences share a row, where that spares padding."""

    collate: Callable[[list[Any]], dict[str, Tensor]]
    longest: int  # tokens of a row, unless one sequence has more
    size: int  # of the model's states

    def __call__(self, examples: list[Any]) -> dict[str, Tensor]:
        """Add `packed` to what has a `mask`, and `source_packed` to what has a `source_mask`: see `places`."""
        batch = self.collate(examples)
        masks = {name: batch[name] for name in ("mask", "source_mask") if name in batch}
        lengths = np.stack([mask.sum(dim=1).numpy() for mask in masks.values()], axis=1)
        row = plan(lengths, longest=self.longest, size=self.size)
        if row is None:
            return batch
        by_mask = zip(masks.items(), lengths.T, strict=True)
        return batch | {
            name.replace("mask", "packed"): places(row, length, tokens=mask.shape[1])
            for (name, mask), length in by_mask
        }


def plan(lengths: np.ndarray, *, longest: int, size: int) -> np.ndarray | None:
    """Give the row of each of n sequences, from 0 without a gap; None where a row for each is as good.

    lengths (n, parts): the parts of a sequence lie in rows of the same number. A row is as wide as the fullest, at most
    `longest`, or as a sequence that is longer. What is chosen costs a model with states of `size` least.
    """
    totals, widest = lengths.sum(axis=0), lengths.max(axis=0, initial=0)
    limits, enough = np.maximum(widest, longest), totals.sum() / (1 - SPARED)
    chosen, rows, read, least = None, len(lengths), len(lengths) * widest.sum(), _cost(len(lengths), widest, size)
    while read > enough and (rows := min(rows - 1, int(rows * FEWER))) >= (totals / limits).max():
        if _cost(rows, np.maximum(widest, totals / rows), size) >= least:  # were it without a gap
            continue
        row, widths = _spread(lengths, rows)
        if (widths <= limits).all() and (cost := _cost(rows, widths, size)) < least:
            chosen, least, read = row, cost, rows * widths.sum()
    return chosen


def _cost(rows: int, widths: np.ndarray, size: int) -> float:
    """Count the products of a layer, as tokens of which attention takes nothing.

    A token's are 12 size^2 with weights, and 2 size with each place of its row, whether masked or not.
    """
    return float((rows * widths * (1 + widths / (6 * size))).sum())


def _spread(lengths: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the row of each sequence, and of each part how much the fullest row holds (parts,)."""
    if lengths.shape[1] == 1:
        return _spread_one(lengths[:, 0], rows)
    shares = (lengths / np.maximum(lengths.max(axis=0), lengths.sum(axis=0) / rows)).T
    row, loads = np.zeros(len(lengths), int), np.zeros((len(shares), rows))
    for index in np.argsort(-shares.max(axis=0), kind="stable").tolist():
        row[index] = (loads + shares[:, index, None]).max(axis=0).argmin()
        loads[:, row[index]] += shares[:, index]
    return row, np.array([np.bincount(row, weights=part).max() for part in lengths.T], int)


def _spread_one(lengths: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the row of each sequence of one part, and the fullest row's load; a queue has the emptiest at its head."""
    row, loads = np.zeros(len(lengths), int), [(0, number) for number in range(rows)]
    for index in np.argsort(-lengths, kind="stable").tolist():
        load, number = loads[0]
        row[index] = number
        heapreplace(loads, (load + int(lengths[index]), number))
    return row, np.array([max(loads)[0]])


def places(row: np.ndarray, lengths: np.ndarray, *, tokens: int) -> Tensor:
    """Say which token is at each place of shared rows: (rows, width), -1 for none.

    Tokens are counted through a padded batch (n, tokens), sequence by sequence. row and lengths are (n,): rows
    [0, 0] and lengths [2, 1] of a batch of 2 tokens -> [[0, 1, 2]].
    """
    order = np.argsort(row, kind="stable")
    sizes, rows = lengths[order], int(row.max()) + 1
    filled = np.bincount(row, weights=lengths, minlength=rows).astype(int)
    tokens_at = np.full((rows, filled.max()), -1)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    tokens_at[np.arange(tokens_at.shape[1]) < filled[:, None]] = np.repeat(order, sizes) * tokens + within
    return torch.from_numpy(tokens_at)
