"""Paired tests: whether one model is better than another on the same examples, or chance alone may explain it.

Both models were scored on the same resamples (`statistics/bootstrap.py`), so the differences, resample by resample, are
the bootstrap distribution of the difference (Koehn 2004; Efron and Tibshirani 1993). Beside it stand approximate
randomisation and, where answers are right or wrong, McNemar's test.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from alambic.settings.robustness import AT, PERTURBED
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.scores import Score, over_seeds
from alambic.stages.report.unit_counts import CountsOfModels, Resamples, Systems, combine_of, higher_is_better
from alambic.statistics.bootstrap import interval
from alambic.statistics.difference import difference as difference_of
from alambic.statistics.multiple_testing import benjamini_hochberg, holm
from alambic.statistics.paired_tests import approximate_randomization, are_right_or_wrong, mcnemar, two_sided_p
from alambic.statistics.sample_size import detectable, needed

FEWEST_UNITS = 10  # of fewer, more than one difference in ten that is none is called one
LEVEL = 0.05  # of significance, after Holm's correction


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
    fdr_p: float | None = None  # Benjamini and Hochberg 1995, over all comparisons of the report
    randomization_p: float | None = None
    mcnemar_p: float | None = None
    standard_error: float | None = None  # of the difference, by the bootstrap
    detectable: float | None = None  # the smallest difference that is shown with a chance of 80 %
    units: int | None = None  # what was drawn: test examples, or documents where these have several
    units_needed: int | None = None  # to show this difference with a chance of 80 %
    seeds_needed: int | None = None
    unanimous: bool = False  # all resamples have the difference on one side
    higher_is_better: bool = True

    @property
    def sentence(self) -> str:
        """Say the outcome in plain words."""
        if self.refused or self.difference is None or self.corrected_p is None:
            return f"Not compared: {self.refused}."
        if self.corrected_p >= LEVEL:
            if self.unanimous:
                return "All resamples agree, but are too few for this many comparisons: raise `evaluate.resamples`."
            return f"No difference between {self.first} and {self.second} is shown."
        word = "better" if (self.difference > 0) == self.higher_is_better else "worse"
        return f"{self.first} is {word} than {self.second}."


def default_pairs(models: dict[str, Model], scored: set[str]) -> list[tuple[str, str]]:
    """Pair every student with every other distilled model and with the teachers."""
    students = [name for name, model in models.items() if model.role == "student" and name in scored]
    others = [name for name, model in models.items() if model.role in ("control", "teacher") and name in scored]
    among = [(a, b) for index, a in enumerate(students) for b in students[index + 1 :]]
    return [*((student, other) for student in students for other in others), *among]


def compare_all(
    pairs: list[tuple[str, str]],
    scores: list[Score],
    resamples: Resamples,
    *,
    confidence: float,
    counts: CountsOfModels | None = None,
) -> list[Comparison]:
    """Compare each pair on each measure that both were scored on."""
    values = {(score.model, *score.measure): score for score in over_seeds(scores)}
    # A noise at several strengths is compared as a curve: each strength would count among the comparisons.
    measures = list(dict.fromkeys(score.measure for score in over_seeds(scores) if AT not in score.dataset))
    comparisons = [
        compare(values[(first, *measure)], values[(second, *measure)], resamples, confidence=confidence, counts=counts)
        for first, second in pairs
        for measure in measures
        if (first, *measure) in values and (second, *measure) in values
    ]
    return _correct(comparisons)


def compare(
    first: Score, second: Score, resamples: Resamples, *, confidence: float, counts: CountsOfModels | None = None
) -> Comparison:
    """Test `first` against `second`; refused when they were not scored on the same examples in the same way."""
    pair: dict[str, Any] = {"first": first.model, "second": second.model, "measure": first.measure}
    pair["higher_is_better"] = higher_is_better(first.metric)
    first_draws, second_draws = (resamples.get((score.model, *score.measure)) for score in (first, second))
    if first_draws is None or second_draws is None:
        return Comparison(**pair, refused="the resamples of one are missing")
    if first_draws[1] != second_draws[1] or len(first_draws[0]) != len(second_draws[0]):
        return Comparison(**pair, refused="the two were not scored on the same examples")
    if first.signature != second.signature:
        return Comparison(**pair, refused="the two scores were computed in different ways")
    differences = first_draws[0] - second_draws[0]
    low, high = interval(differences, confidence=confidence)
    error, p = float(differences.std(ddof=1)), two_sided_p(differences)
    systems = _systems(first, second, counts)
    if systems is not None and (units := len(systems[2].units)) < FEWEST_UNITS:
        reason = (
            f"{units} test units, such as documents: of fewer than {FEWEST_UNITS} a bootstrap finds what is not there"
        )
        return Comparison(**pair, refused=reason)
    found = Comparison(
        **pair,
        difference=first.value - second.value,
        low=low,
        high=high,
        p=p,
        standard_error=error,
        detectable=detectable(error),
        unanimous=bool((differences > 0).all() or (differences < 0).all()),
    )
    if systems is None or PERTURBED in first.dataset:  # of those there are many, which have a section of their own
        return found
    return replace(found, **_by_counts(found, systems, permutations=len(differences), digest=first_draws[1]))


def _systems(first: Score, second: Score, counts: CountsOfModels | None) -> Systems | None:
    """Give the counts of each unit; None where there are none, as of evaluations that others brought."""
    try:
        return counts.systems(first.model, second.model, first.measure) if counts is not None else None
    except ValueError:
        return None


def _by_counts(found: Comparison, systems: Systems, *, permutations: int, digest: str) -> dict[str, Any]:
    """Give what is known from the counts of each unit."""
    first, second, units = systems
    combine = combine_of(found.measure[3])
    of_both = [array for system in (first, second) for _, array in system.weighted()]
    more: dict[str, Any] = {
        "units": len(units.units),
        "randomization_p": approximate_randomization(first, second, combine, permutations=permutations, digest=digest),
        "mcnemar_p": mcnemar(first, second) if are_right_or_wrong(of_both) else None,
    }
    if found.p is not None and found.p >= LEVEL and len(units.units) > 1:
        seen = difference_of(first, second, combine)
        enough = needed(seen, distance=abs(seen.value), confidence=1 - LEVEL / 2)
        more |= {"units_needed": enough.units, "seeds_needed": enough.seeds}
    return more


def _correct(comparisons: list[Comparison]) -> list[Comparison]:
    """Correct for looking many times: the more comparisons, the more of them differ by chance."""
    tested = [c for c in comparisons if c.p is not None]
    p_values = [c.p for c in tested if c.p is not None]
    corrected = dict(zip(map(id, tested), zip(holm(p_values), benjamini_hochberg(p_values), strict=True), strict=True))
    none = (None, None)
    return [
        replace(c, corrected_p=corrected.get(id(c), none)[0], fdr_p=corrected.get(id(c), none)[1]) for c in comparisons
    ]


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
