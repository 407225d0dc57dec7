"""Micro F1 of entities: right when both ends and the label are right."""

import warnings
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2, Entities

from alambic.stages.evaluate.metrics._score import Score, f1


def score(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Score:
    """Compare IOB2 tags per word; counts are (right, gold, predicted) entities."""
    ours, theirs = [list(tags) for tags in gold], [list(tags) for tags in predicted]
    counts = [
        (len(right & given), len(right), len(given))
        for right, given in zip(_entities(ours), _entities(theirs), strict=True)
    ]
    with warnings.catch_warnings():  # seqeval warns where nothing is predicted; the value is 0, as the signature says
        warnings.simplefilter("ignore")
        value = float(f1_score(ours, theirs, average="micro", mode="strict", scheme=IOB2, zero_division=0))
    signature = f"entity_f1|seqeval:{version('seqeval')}|mode=strict|scheme=IOB2|average=micro|zero_division=0"
    return Score(value, signature, np.array(counts, dtype=np.float64).reshape(-1, 3))


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of counts (..., 3)."""
    return f1(totals)


def _entities(sequences: list[list[str]]) -> list[set[tuple[int, int, str]]]:
    by_sequence = Entities(sequences, IOB2).entities
    return [{(entity.start, entity.end, entity.tag) for entity in entities} for entities in by_sequence]
