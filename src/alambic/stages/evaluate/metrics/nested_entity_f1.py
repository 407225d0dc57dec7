"""Micro F1 of entities that may nest and overlap: each is compared by both ends and its label.

The right ones are all that people annotated, nested ones too: those that flat tags cannot hold count as not found by a
model that gives tags. The flat score beside it is `entity_f1`.
"""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import Score, f1

READS = "spans"  # and not tags: (first word, word after the last, label)
Spans = Collection[tuple[int, int, str]]


def score(gold: Sequence[Spans], predicted: Sequence[Spans]) -> Score:
    """Compare the entities of each text, each once; counts are (right, gold, predicted) entities."""
    pairs = [({*ours}, {*theirs}) for ours, theirs in zip(gold, predicted, strict=True)]
    counts = [(len(ours & theirs), len(ours), len(theirs)) for ours, theirs in pairs]
    table = np.array(counts, dtype=np.float64).reshape(-1, 3)
    return Score(float(combine(table.sum(axis=0))), "nested_entity_f1|spans=all|mode=strict|average=micro", table)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of counts (..., 3)."""
    return f1(totals)
