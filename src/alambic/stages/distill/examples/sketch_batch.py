"""The sketches that examples carry: of a store's rows, on disk next to the student, and in a batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.data.ragged_array import Field
from alambic.data.sketch import Sketch
from alambic.stages.distill.examples.expectations import Expectations, Expected

TARGET_FIELDS = ("top", "codes", "sampled", "tails", "entropies", "multi_piece_log_probs")
SKETCH = TARGET_FIELDS[:4]


def fields(expectations: Expectations | None, *, longer: bool = False) -> dict[str, Field]:
    """Say how sketches lie on disk, along the axis `targets`; `longer`: the student has pieces of several teacher's."""
    top, sampled = (expectations.top, expectations.sampled) if expectations else (0, 0)
    return {
        "top": Field("targets", np.uint32, top),
        "codes": Field("targets", np.uint8, top),
        "sampled": Field("targets", np.uint32, sampled),
        "tails": Field("targets", np.uint16),
        "entropies": Field("targets", np.float16),
        "multi_piece_log_probs": Field("targets", np.float16, 2 if longer else 0),
    }


def targets_at(
    expected: Expected | None, rows: np.ndarray, multi_piece_log_probs: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Take the given h rows of a document's sketches, and `multi_piece_log_probs` (h, 2); or none."""
    if expected is None:
        return {name: np.zeros(0 if name in ("tails", "entropies") else (0, 0)) for name in TARGET_FIELDS}
    columns = {name: getattr(expected, name)[rows] for name in TARGET_FIELDS if name != "multi_piece_log_probs"}
    longer = np.zeros((len(rows), 0)) if multi_piece_log_probs is None else multi_piece_log_probs
    return {**columns, "multi_piece_log_probs": longer}


def in_batch(examples: Sequence[Any], where: np.ndarray, *, drawn: int) -> dict[str, Tensor]:
    """Spread the sketches of examples over the p places `where` (p,) bool, which have a target of the teacher.

    Returns teacher_ids and weights (p, drawn) and entropies (p,), zero where there is no target; and
    multi_piece_log_probs (p, 2), NaN there, where the student has longer pieces.
    """
    chosen = torch.from_numpy(where)
    columns = {name: np.concatenate([getattr(example, name) for example in examples]) for name in TARGET_FIELDS}
    sketch = Sketch(**{name: torch.from_numpy(columns[name].astype(np.int64)) for name in SKETCH})
    sampled_ids, weights = sketch.weights()
    ids = torch.zeros(len(where), drawn, dtype=torch.long)
    all_weights, entropies = torch.zeros(len(where), drawn), torch.zeros(len(where))
    ids[chosen], all_weights[chosen] = sampled_ids, weights
    entropies[chosen] = torch.from_numpy(columns["entropies"].astype(np.float32))
    batch = {"teacher_ids": ids, "weights": all_weights, "entropies": entropies}
    if not columns["multi_piece_log_probs"].shape[1]:
        return batch
    multi_piece_log_probs = torch.full((len(where), 2), torch.nan)
    multi_piece_log_probs[chosen] = torch.from_numpy(columns["multi_piece_log_probs"].astype(np.float32))
    return {**batch, "multi_piece_log_probs": multi_piece_log_probs}
