"""F1 of entities of which those that overlap count half: `partial` of SemEval 2013, task 9.1, whatever the label.

Right is an entity with both ends right, half right one that overlaps a right one. Labels do not count: `entity_f1` is
the score in which they do.
"""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from nervaluate import Evaluator

from alambic.stages.evaluate.metrics._score import Score, f1


def score(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Score:
    """Compare IOB2 tags per word; counts are (right and half of the half right, gold, predicted) entities."""
    pairs = [([list(right)], [list(given)]) for right, given in zip(gold, predicted, strict=True)]
    labels = sorted({tag[2:] for pair in pairs for (tags,) in pair for tag in tags if tag != "O"})
    found = [Evaluator(*pair, tags=labels, loader="list").evaluate()["overall"]["partial"] for pair in pairs]
    counts = [(one.correct + one.partial / 2, one.possible, one.actual) for one in found]
    table = np.array(counts, dtype=np.float64).reshape(-1, 3)
    signature = f"partial_entity_f1|nervaluate:{version('nervaluate')}|mode=partial|average=micro"
    return Score(float(combine(table.sum(axis=0))), signature, table)


def combine(totals: np.ndarray) -> np.ndarray:
    """Compute F1 from sums of counts (..., 3)."""
    return f1(totals)
