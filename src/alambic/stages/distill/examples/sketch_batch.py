"""The sketches that examples carry: of a store's rows, on disk beside the student, and in a batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alambic.data.ragged_array import Field
from alambic.data.sketch import Sketch
from alambic.stages.distill.examples.expectations import Expectations, Expected

SAID = ("top", "codes", "sampled", "tails", "entropies", "wholes")
SKETCH = SAID[:4]


def fields(expectations: Expectations | None, *, longer: bool = False) -> dict[str, Field]:
    """Say how sketches lie on disk, along the axis `heard`; `longer`: the student has pieces of several teacher's."""
    top, sampled = (expectations.top, expectations.sampled) if expectations else (0, 0)
    return {
        "top": Field("heard", np.uint32, top),
        "codes": Field("heard", np.uint8, top),
        "sampled": Field("heard", np.uint32, sampled),
        "tails": Field("heard", np.uint16),
        "entropies": Field("heard", np.float16),
        "wholes": Field("heard", np.float16, 2 if longer else 0),
    }


def said_at(expected: Expected | None, rows: np.ndarray, wholes: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Take the given h rows of a document's sketches, beside what is known of whole pieces (h, 2); or nothing."""
    if expected is None:
        return {name: np.zeros(0 if name in ("tails", "entropies") else (0, 0)) for name in SAID}
    found = {name: getattr(expected, name)[rows] for name in SAID if name != "wholes"}
    return {**found, "wholes": np.zeros((len(rows), 0)) if wholes is None else wholes}


def in_batch(examples: Sequence[Any], where: np.ndarray, *, drawn: int) -> dict[str, Tensor]:
    """Spread the sketches of examples over the p places `where` (p,) bool, in which they are heard.

    Returns teacher_ids and weights (p, drawn) and entropies (p,), zero where the teacher says nothing; and wholes
    (p, 2), NaN there, where the student has longer pieces.
    """
    chosen = torch.from_numpy(where)
    columns = {name: np.concatenate([getattr(example, name) for example in examples]) for name in SAID}
    sketch = Sketch(**{name: torch.from_numpy(columns[name].astype(np.int64)) for name in SKETCH})
    found, weights = sketch.weights()
    ids = torch.zeros(len(where), drawn, dtype=torch.long)
    all_weights, entropies = torch.zeros(len(where), drawn), torch.zeros(len(where))
    ids[chosen], all_weights[chosen] = found, weights
    entropies[chosen] = torch.from_numpy(columns["entropies"].astype(np.float32))
    batch = {"teacher_ids": ids, "weights": all_weights, "entropies": entropies}
    if not columns["wholes"].shape[1]:
        return batch
    wholes = torch.full((len(where), 2), torch.nan)
    wholes[chosen] = torch.from_numpy(columns["wholes"].astype(np.float32))
    return {**batch, "wholes": wholes}
