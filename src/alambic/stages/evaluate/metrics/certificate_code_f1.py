"""Micro F1 of codes by certificate, as CLEF eHealth scores raw ones: on which line a code stands is no matter."""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._codes import certificate_counts
from alambic.stages.evaluate.metrics._score import Score, f1

READS = "units"  # codes of all lines of a certificate together


def score(
    gold: Sequence[str | Collection[str]],
    predicted: Sequence[str | Collection[str]],
    units: Sequence[str],
    ids: Sequence[str],
) -> Score:
    """Compare the codes of each certificate; counts are (right, expected, given) codes."""
    counts = certificate_counts(gold, predicted, units, ids)
    return Score(
        float(combine(counts.sum(axis=0))),
        "certificate_code_f1|average=micro|codes=once_per_certificate|zero_division=0",
        counts,
    )


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of counts (..., 3)."""
    return f1(totals)
