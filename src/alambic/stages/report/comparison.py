"""Paired tests: whether one model is better than another on the same examples, or chance alone may explain it.

The verdict is that of an exact test over the units (`statistics/paired_tests.py`), corrected for the number of
comparisons. Both models were scored on the same resamples (`statistics/bootstrap.py`), so the differences, resample by
resample, are the bootstrap distribution of the difference (Koehn 2004; Efron and Tibshirani 1993): from it is the
interval, and the verdict where an evaluation has no counts of its units.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from alambic.settings.robustness import AT
from alambic.stages.report.evaluation_files import read_drawn
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.metric_range import largest_difference
from alambic.stages.report.models import Model
from alambic.stages.report.scores import Score, over_seeds
from alambic.stages.report.unit_counts import CountsOfModels, Resamples, Systems, combine_of, higher_is_better
from alambic.statistics.bootstrap import interval
from alambic.statistics.difference import Difference
from alambic.statistics.difference import difference as difference_of
from alambic.statistics.multiple_testing import benjamini_hochberg, holm
from alambic.statistics.paired_tests import TestName, paired_test, two_sided_p
from alambic.statistics.sample_size import Needed, detectable, needed, rule_of_three

FEWEST_UNITS = 10  # of fewer, more than one difference in ten that is none is called one by the bootstrap
LEVEL = 0.05  # of significance, after Holm's correction
PERMUTATIONS_PER_TEST = 40  # then the smallest p, by the number of comparisons, is half of the level
ROUNDING = 1e-9  # of a p-value that is the smallest there can be

Outcome = Literal["better", "worse", "open", "few", "refused"]
NOT_IN_FILES = ("measure", "found", "smallest_p")  # fields of a comparison that are no columns of comparisons.csv


@dataclass(frozen=True)
class Comparison:
    """`first` against `second` on one measure; `refused` says why the two cannot be compared."""

    first: str
    second: str
    measure: tuple[str, str, str, str]
    difference: float | None = None
    low: float | None = None  # of the bootstrap's interval
    high: float | None = None
    p: float | None = None  # of the test on which the verdict rests
    corrected_p: float | None = None  # Holm 1979, over all comparisons of the report
    refused: str = ""
    fdr_p: float | None = None  # Benjamini and Hochberg 1995, over all comparisons of the report
    randomization_p: float | None = None
    mcnemar_p: float | None = None
    standard_error: float | None = None  # of the difference
    detectable: float | None = None  # the smallest difference that is shown with a chance of 80 %
    units: int | None = None  # what was drawn: test examples, or documents where these have several
    units_needed: int | None = None  # to show this difference with a chance of 80 %
    seeds_needed: int | None = None
    higher_is_better: bool = True
    test: TestName | None = None  # that gave `p`
    bootstrap_p: float | None = None
    t_p: float | None = None  # over units and seeds, where several trainings were scored
    differing_units: int | None = None
    rule_of_three: float | None = None  # where they agree on all units: the share of units that may differ
    times_needed: float | None = None  # where neither alone would show it: how many times as many of both
    smallest_p: float = 0.0  # that the test can give
    found: Difference | None = None

    @property
    def outcome(self) -> Outcome:
        """Tell what was shown; "few": not even the smallest p that the test can give is small enough."""
        if self.refused or self.difference is None or self.p is None or self.corrected_p is None:
            return "refused"
        if self.corrected_p < LEVEL:
            return "better" if (self.difference > 0) == self.higher_is_better else "worse"
        return "few" if self.p <= self.smallest_p * (1 + ROUNDING) else "open"

    @property
    def interval_disagrees(self) -> bool:
        """Tell whether the interval leaves out 0 where no difference is shown, or holds it where one is."""
        if self.low is None or self.high is None or self.outcome == "refused":
            return False
        return (self.low > 0 or self.high < 0) != (self.outcome in ("better", "worse"))

    @property
    def sentence(self) -> str:
        """Say the outcome in plain words."""
        return f"{self._verdict}{self._of_interval}"

    @property
    def _verdict(self) -> str:
        if self.outcome == "refused":
            return f"Not compared: {self.refused}."
        if self.outcome in ("better", "worse"):
            return f"{self.first} is {self.outcome} than {self.second}."
        if self.outcome == "open":
            return f"No difference between {self.first} and {self.second} is shown."
        if self.test == "bootstrap":
            return "All resamples agree, but are too few for this many comparisons: raise `evaluate.resamples`."
        return (
            f"{self.first} and {self.second} differ on {self.differing_units} of {self.units} test units: too few to "
            "show a difference among this many comparisons."
        )

    @property
    def _of_interval(self) -> str:
        if not self.interval_disagrees:
            return ""
        if self.outcome in ("better", "worse"):
            return " The interval, by the bootstrap, holds 0 all the same: the test decides."
        return " The interval, by the bootstrap and of this comparison alone, leaves out 0: the test decides."


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
    of_pairs = [
        (values[(first, *measure)], values[(second, *measure)])
        for first, second in pairs
        for measure in measures
        if (first, *measure) in values and (second, *measure) in values
    ]
    least = PERMUTATIONS_PER_TEST * len(of_pairs)
    return correct(
        [
            compare(*scored, resamples, confidence=confidence, counts=counts, least_permutations=least)
            for scored in of_pairs
        ]
    )


def compare(
    first: Score,
    second: Score,
    resamples: Resamples,
    *,
    confidence: float,
    counts: CountsOfModels | None = None,
    least_permutations: int = 0,
) -> Comparison:
    """Test `first` against `second`; refused when they were not scored on the same examples in the same way."""
    pair: dict[str, Any] = {"first": first.model, "second": second.model, "measure": first.measure}
    pair["higher_is_better"] = higher_is_better(first.metric)
    first_draws, second_draws = (resamples.get((score.model, *score.measure)) for score in (first, second))
    if first_draws is None or second_draws is None:
        return Comparison(**pair, refused="the resamples of one are missing")
    if first_draws[1] != second_draws[1] or len(first_draws[0]) != len(second_draws[0]):
        return Comparison(**pair, refused="the two were not scored on the same examples")
    if not first.comparable(second):
        return Comparison(**pair, refused="the two scores were computed in different ways")
    systems = _systems(first, second, counts)
    if systems is not None and (units := len(systems[2].units)) < FEWEST_UNITS:
        reason = (
            f"{units} test units, such as documents: of fewer than {FEWEST_UNITS} a bootstrap finds what is not there"
        )
        return Comparison(**pair, refused=reason)
    differences = first_draws[0] - second_draws[0]
    low, high = interval(differences, confidence=confidence)
    by_bootstrap = two_sided_p(differences)
    comparison = Comparison(**pair, difference=first.value - second.value, low=low, high=high, bootstrap_p=by_bootstrap)
    permutations = max(least_permutations, len(differences))
    if systems is not None:
        return replace(comparison, **_by_counts(comparison, systems, permutations, digest=first_draws[1]))
    error = float(differences.std(ddof=1))
    smallest = 2 / (len(differences) + 1)
    return replace(comparison, p=by_bootstrap, test="bootstrap", smallest_p=smallest, standard_error=error)


def _systems(first: Score, second: Score, counts: CountsOfModels | None) -> Systems | None:
    """Give the counts of each unit; None where there are none, as of evaluations that others brought."""
    try:
        return counts.systems(first.model, second.model, first.measure) if counts is not None else None
    except ValueError:
        return None


def _by_counts(comparison: Comparison, systems: Systems, permutations: int, *, digest: str) -> dict[str, Any]:
    """Test from the counts of each unit."""
    first, second, units = systems
    metric = comparison.measure[3]
    combine = combine_of(metric)
    found = difference_of(first, second, combine, limit=largest_difference(metric))
    tested = paired_test(first, second, combine, found, permutations=permutations, digest=digest)
    return {
        "p": tested.p,
        "test": tested.name,
        "smallest_p": tested.smallest_p,
        "randomization_p": tested.randomization_p,
        "mcnemar_p": tested.mcnemar_p,
        "t_p": tested.t_p,
        "standard_error": found.standard_error,
        "units": len(units.units),
        "differing_units": tested.differing,
        "rule_of_three": None if tested.differing else rule_of_three(len(units.units)),
        "found": found,
    }


def correct(comparisons: list[Comparison]) -> list[Comparison]:
    """Correct for looking many times: the more comparisons, the more of them differ by chance."""
    tested = [c for c in comparisons if c.p is not None]
    p_values = [c.p for c in tested if c.p is not None]
    corrected = zip(tested, holm(p_values), benjamini_hochberg(p_values), strict=True)
    of_tested = {
        id(c): _with_power(replace(c, corrected_p=by_holm, fdr_p=by_share), level=LEVEL / len(tested))
        for c, by_holm, by_share in corrected
    }
    return [of_tested.get(id(c), c) for c in comparisons]


def _with_power(comparison: Comparison, *, level: float) -> Comparison:
    """Add which difference is detectable at this level, and, where none is shown, how much more would show this one."""
    found = comparison.found
    if found is None:
        error = comparison.standard_error or 0.0
        found = Difference(comparison.difference or 0.0, units=1, of_units=error**2)
        return replace(comparison, detectable=detectable(found, level=level) if error else None)
    more = Needed()
    if comparison.outcome not in ("better", "worse") and found.value:
        oriented = found if found.value > 0 else found.turned()
        more = needed(oriented, margin=0.0, confidence=1 - level / 2)
    return replace(
        comparison,
        detectable=detectable(found, level=level),
        units_needed=more.units,
        seeds_needed=more.seeds,
        times_needed=more.times,
    )


def read_resamples(artifacts: list[FinishedArtifact]) -> Resamples:
    """Read what the bootstrap drew, by model and measure."""
    resamples: Resamples = {}
    for artifact in of_stage(artifacts, "evaluate"):
        model, _, task = artifact.item.partition("/")
        for row in read_drawn(artifact.folder):
            measure = (task, row["dataset"], row["split"], row["metric"])
            resamples[(model, *measure)] = (np.asarray(row["values"]), row["ids_digest"])
    return resamples
