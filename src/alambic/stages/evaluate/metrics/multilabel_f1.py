"""Micro F1 of several labels per document: every label given counts once."""

from collections.abc import Collection, Sequence

import numpy as np
import sklearn
from sklearn.metrics import f1_score

from alambic.stages.evaluate.metrics._labels import indicators, label_counts, occurring
from alambic.stages.evaluate.metrics._score import Score, f1


def score(gold: Sequence[Collection[str]], predicted: Sequence[Collection[str]]) -> Score:
    """Compare the labels of each document; counts are (right, gold, predicted) labels."""
    labels = occurring(gold, predicted)
    ours, theirs = indicators(gold, labels), indicators(predicted, labels)
    value = float(f1_score(ours, theirs, average="micro", zero_division=0))
    signature = f"multilabel_f1|sklearn:{sklearn.__version__}|average=micro|zero_division=0"
    return Score(value, signature, label_counts(gold, predicted, labels).sum(axis=1))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of counts (..., 3)."""
    return f1(totals)
