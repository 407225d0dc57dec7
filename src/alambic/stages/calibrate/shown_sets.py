"""What a person is shown: labels among which the right ones are, with a probability that is guaranteed by group.

Mondrian conformal prediction (Vovk, Gammerman and Shafer 2005) by crepes. The nonconformity of a label is 1 less its
probability; that of an example is the one of its least probable right label, so that a set holds all right labels of
as many examples as is asked. A label without a probability has a nonconformity of 1: where even that is not too much,
the set is open, and says that any label may be right. Groups of few calibration examples are taken together.

Calibration and test examples are those of units that are not automated: a person sees no others, and which those are
depends on the risk and on the guarantee. They count one by one, though those of a unit are alike.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from crepes import ConformalClassifier

from alambic.data.predictions import Answer
from alambic.stages.calibrate.probabilities import Top

FEWEST = 50  # calibration examples of a group of its own
AT_ONCE = 500  # examples: with ten thousand labels, 40 MB
OTHERS = ""


@dataclass(frozen=True)
class Shown:
    """An example that a person sees: the probabilities of its labels, the right answer, its group."""

    candidates: Top
    gold: Answer
    group: str

    @property
    def right(self) -> tuple[str, ...]:
        """The right labels."""
        return (self.gold,) if isinstance(self.gold, str) else self.gold

    @property
    def nonconformity(self) -> float:
        """That of the least probable right label."""
        return max((1 - self.candidates.get(label, 0.0) for label in self.right), default=0.0)


def shown_sets(calibration: Sequence[Shown], test: Sequence[Shown], *, confidence: float) -> list[dict[str, Any]]:
    """Give a row for each group of test examples: how large the sets are, and how many hold all right labels.

    None where there are too few examples to calibrate on.
    """
    if len(calibration) < FEWEST or not test:
        return []
    model, known = _fitted(calibration)
    found: dict[str, list[tuple[int, bool, bool]]] = {}
    for start in range(0, len(test), AT_ONCE):
        chunk = test[start : start + AT_ONCE]
        of = np.array([example.group if example.group in known else OTHERS for example in chunk])
        sets = model.predict_set(_matrix(chunk), bins=of, confidence=confidence, smoothing=False).astype(bool)
        for inside, example in zip(sets, chunk, strict=True):
            found.setdefault(example.group, []).append(_seen(inside, example))
    return [
        {
            "group": group,
            "examples": len(rows),
            "own": group in known,
            "mean_size": float(np.mean([size for size, *_ in rows])),
            "open": float(np.mean([is_open for _, is_open, _ in rows])),
            "covered": float(np.mean([holds for *_, holds in rows])),
        }
        for group, rows in sorted(found.items())
    ]


def set_limits(calibration: Sequence[Shown], *, confidence: float) -> dict[str, float]:
    """Give the largest nonconformity that is within a set, by group; under OTHERS that of all other groups.

    A label is shown where 1 less its probability is at most the limit; a set is open where the limit is at least 1.
    None where there are too few examples to calibrate on.
    """
    if len(calibration) < FEWEST:
        return {}
    by_group: dict[str, list[float]] = {}
    for example in calibration:
        by_group.setdefault(example.group, []).append(example.nonconformity)
    everything = [value for values in by_group.values() for value in values]
    known = {group: values for group, values in by_group.items() if len(values) >= FEWEST and group != OTHERS}
    judged = sorted({**known, OTHERS: everything}.items())
    return {group: _limit(np.array(values), confidence=confidence) for group, values in judged}


def _limit(values: np.ndarray, *, confidence: float) -> float:
    """Give the largest of some nonconformities that is within a set; -1 where none is."""
    model = ConformalClassifier().fit(values)
    steps = np.unique([*values, 1.0])  # whether one is within a set changes here alone, and once

    def is_outside(step: float) -> bool:
        return not model.predict_set(np.array([[step]]), confidence=confidence, smoothing=False)[0, 0]

    outside = bisect_left(steps, True, key=is_outside)
    return float(steps[outside - 1]) if outside else -1.0


def _fitted(calibration: Sequence[Shown]) -> tuple[ConformalClassifier, set[str]]:
    """Fit on the nonconformities of examples; give the groups of enough examples too."""
    sizes = Counter(example.group for example in calibration)
    known = {group for group, size in sizes.items() if size >= FEWEST and group != OTHERS}
    # Every example is also one of all, by which groups of few are judged.
    of_groups = [(example.nonconformity, example.group) for example in calibration if example.group in known]
    values = np.array([*(value for value, _ in of_groups), *(example.nonconformity for example in calibration)])
    bins = np.array([*(group for _, group in of_groups), *([OTHERS] * len(calibration))])
    return ConformalClassifier().fit(values, bins=bins), known


def _matrix(examples: Sequence[Shown]) -> np.ndarray:
    """Lay out nonconformities, (examples, 1 + most labels): first that of a label without a probability."""
    matrix = np.full((len(examples), 1 + max(len(example.candidates) for example in examples)), 2.0)
    matrix[:, 0] = 1.0
    for row, example in zip(matrix, examples, strict=True):
        row[1 : 1 + len(example.candidates)] = 1 - np.fromiter(example.candidates.values(), dtype=float)
    return matrix


def _seen(inside: np.ndarray, example: Shown) -> tuple[int, bool, bool]:
    """Give the size of a set, whether it is open, and whether it holds all right labels."""
    is_open = bool(inside[0])
    chosen = {label for label, taken in zip(example.candidates, inside[1:], strict=False) if taken}
    return len(chosen), is_open, is_open or set(example.right) <= chosen
