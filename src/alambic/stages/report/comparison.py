"""Paired tests: whether one model is better than another on the same examples, or chance alone may explain it.

Both models were scored on the same resamples (`evaluate/bootstrap.py`), so the differences, resample by resample, are
the bootstrap distribution of the difference (Koehn 2004; Efron and Tibshirani 1993).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.scores import Score, over_seeds

LEVEL = 0.05  # of significance, after Holm's correction

Resamples = dict[tuple[str, str, str, str, str], tuple[np.ndarray, str]]  # model and measure: values, digest of the ids


@dataclass(frozen=True)
class Comparison:
    """`first` against `second` on one measure; `refused` says why the two cannot be compared."""

    first: str
    second: str
    measure: tuple[str, str, str, str]
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    corrected_p: float | None = None  # Holm 1979, over all comparisons of the report
    refused: str = ""
    unanimous: bool = False  # all resamples have the difference on one side

    @property
    def sentence(self) -> str:
        """Say the outcome in plain words."""
        if self.refused or self.difference is None or self.corrected_p is None:
            return f"Not compared: {self.refused}."
        if self.corrected_p >= LEVEL:
            if self.unanimous:
                return "All resamples agree, but are too few for this many comparisons: raise `evaluate.resamples`."
            return f"No difference between {self.first} and {self.second} is shown."
        word = "better" if self.difference > 0 else "worse"
        return f"{self.first} is {word} than {self.second}."


def default_pairs(models: dict[str, Model], scored: set[str]) -> list[tuple[str, str]]:
    """Pair every student with every other distilled model and with the teachers."""
    students = [name for name, model in models.items() if model.role == "student" and name in scored]
    others = [name for name, model in models.items() if model.role in ("control", "teacher") and name in scored]
    among = [(a, b) for index, a in enumerate(students) for b in students[index + 1 :]]
    return [*((student, other) for student in students for other in others), *among]


def compare_all(
    pairs: list[tuple[str, str]], scores: list[Score], resamples: Resamples, *, confidence: float
) -> list[Comparison]:
    """Compare each pair on each measure that both were scored on."""
    values = {(score.model, *score.measure): score for score in over_seeds(scores)}
    measures = list(dict.fromkeys(score.measure for score in over_seeds(scores)))
    comparisons = [
        compare(values[(first, *measure)], values[(second, *measure)], resamples, confidence=confidence)
        for first, second in pairs
        for measure in measures
        if (first, *measure) in values and (second, *measure) in values
    ]
    return _correct(comparisons)


def compare(first: Score, second: Score, resamples: Resamples, *, confidence: float) -> Comparison:
    """Test `first` against `second`; refused when they were not scored on the same examples in the same way."""
    pair: dict[str, Any] = {"first": first.model, "second": second.model, "measure": first.measure}
    first_draws, second_draws = (resamples.get((score.model, *score.measure)) for score in (first, second))
    if first_draws is None or second_draws is None:
        return Comparison(**pair, refused="the resamples of one are missing")
    if first_draws[1] != second_draws[1] or len(first_draws[0]) != len(second_draws[0]):
        return Comparison(**pair, refused="the two were not scored on the same examples")
    if first.signature != second.signature:
        return Comparison(**pair, refused="the two scores were computed in different ways")
    differences = first_draws[0] - second_draws[0]
    low, high = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Comparison(
        **pair,
        difference=first.value - second.value,
        low=float(low),
        high=float(high),
        p=two_sided_p(differences),
        unanimous=bool((differences > 0).all() or (differences < 0).all()),
    )


def two_sided_p(differences: np.ndarray) -> float:
    """Give how often resampling reverses the sign of the difference, on either side; never 0 from a finite sample."""
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(differences) + 1))


def _correct(comparisons: list[Comparison]) -> list[Comparison]:
    """Correct for looking many times: the more comparisons, the more of them differ by chance (Holm 1979)."""
    tested = sorted((c for c in comparisons if c.p is not None), key=lambda c: c.p or 0.0)
    corrected: dict[int, float] = {}
    largest = 0.0
    for rank, comparison in enumerate(tested):
        largest = max(largest, min(1.0, (comparison.p or 0.0) * (len(tested) - rank)))
        corrected[id(comparison)] = largest
    return [replace(c, corrected_p=corrected.get(id(c))) for c in comparisons]


def read_resamples(artifacts: list[FinishedArtifact]) -> Resamples:
    """Read what the bootstrap drew, by model and measure."""
    resamples: Resamples = {}
    for artifact in of_stage(artifacts, "evaluate"):
        path = artifact.folder / "resamples.parquet"
        model, _, task = artifact.item.partition("/")
        for row in pq.read_table(path).to_pylist() if path.exists() else []:
            measure = (task, row["dataset"], row["split"], row["metric"])
            resamples[(model, *measure)] = (np.asarray(row["values"]), row["ids_digest"])
    return resamples
