"""Labels compared set by set: what the F1 scores of classification are made of."""

from collections.abc import Collection, Sequence

import numpy as np

from alambic.stages.evaluate.metrics._score import f1


def occurring(*answers: Sequence[Collection[str]]) -> list[str]:
    """List the labels that occur, sorted."""
    return sorted({label for given in answers for labels in given for label in labels})


def label_counts(
    gold: Sequence[Collection[str]], predicted: Sequence[Collection[str]], labels: Sequence[str]
) -> np.ndarray:
    """Count (right, gold, predicted) of each label in each example, (examples, labels, 3)."""
    number = {label: column for column, label in enumerate(labels)}
    counts = np.zeros((len(gold), len(labels), 3))
    for row, (ours, theirs) in enumerate(zip(gold, predicted, strict=True)):
        for column, counted in enumerate((set(ours) & set(theirs), set(ours), set(theirs))):
            for label in counted:
                counts[row, number[label], column] = 1
    return counts


def indicators(answers: Sequence[Collection[str]], labels: Sequence[str]) -> np.ndarray:
    """Write answers as scikit-learn's multi-label indicators, (examples, labels)."""
    return np.array([[label in given for label in labels] for given in answers], dtype=int)


def f1_by_label(totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give F1 and the gold and predicted counts of each label, from sums of counts (..., 3 x labels)."""
    each = totals.reshape(*totals.shape[:-1], -1, 3)
    return f1(each), each[..., 1:]
