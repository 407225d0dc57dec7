"""How often the gate promotes a student that it must not, and how often intervals hold the truth.

Students are drawn that lose exactly the margin, so that each promotion is an error, of which at most 1 - confidence are
allowed. Difficulty is shared by both systems, units have examples that are alike, and each seed is a bit better or
worse. Two metrics: right or wrong answers (accuracy), and entities (micro F1), several to an example.

    python benchmarks/statistics/gate_error_rate.py --trials 4000

prints a table: `gate` is what the stage `report` does, `bootstrap` the percentile interval over units and seeds.

    python benchmarks/statistics/gate_error_rate.py --pairs --trials 1000

prints how often two systems that are equally good are called different at 5 %: by the verdict that the report gives of
a pair, by its exact test over units alone, and by the percentile bootstrap.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from alambic.stages.evaluate.metrics import accuracy, entity_f1
from alambic.statistics.bootstrap import Combine, interval, over_seeds, resample
from alambic.statistics.difference import System, difference
from alambic.statistics.paired_tests import paired_test, two_sided_p

MARGIN = 0.05
CONFIDENCE = 0.95
QUALITY = 0.85  # of the teacher: share of right answers, or of entities that are found
SPURIOUS = 0.4  # entities per example that are none
ENTITIES = 3.0  # per example
OF_UNITS = 0.5  # standard deviations of latent ability: how examples of a unit are alike, for each system apart
OF_SEEDS = 0.15  # from one seed to the next
OF_ANSWERS = 0.5  # what else differs between two systems, or two seeds, on one example
RESAMPLES = 400
OF_TRIALS = 4  # one in so many has the bootstrap too, which takes its time


@dataclass(frozen=True)
class Case:
    """One kind of experiment."""

    metric: str
    examples: int
    per_unit: int
    seeds: int
    of_seeds: float = OF_SEEDS
    seeds_are_fixed: bool = False

    @property
    def combine(self) -> Combine:
        """What makes a score of summed counts."""
        return entity_f1.combine if self.metric == "entity_f1" else accuracy.combine

    def by_unit(self, counts: np.ndarray) -> np.ndarray:
        """Sum the counts of each unit's examples."""
        return counts.reshape(-1, self.per_unit, counts.shape[1]).sum(axis=1)

    def quality(self, score_lost: float) -> float:
        """Give the share of right answers at which a system's score is that much below the teacher's."""
        if self.metric == "accuracy":
            return QUALITY - score_lost
        target = 2 * ENTITIES * QUALITY / (ENTITIES * (1 + QUALITY) + SPURIOUS) - score_lost
        return target * (ENTITIES + SPURIOUS) / (ENTITIES * (2 - target))


def draw(case: Case, generator: np.random.Generator, *, lost: float) -> tuple[System, System]:
    """Draw a student that loses `lost` of its teacher's score, and the teacher, on one test set."""
    if case.metric == "accuracy":
        items = np.ones(case.examples, dtype=int)
    else:
        items = generator.poisson(ENTITIES, case.examples)
    example = np.repeat(np.arange(case.examples), items)
    difficulty = generator.normal(size=len(example))
    student, teacher = (
        [_counts(case, generator, items, right) for right in _answers(case, generator, example, difficulty, quality)]
        for quality in (case.quality(lost), case.quality(0.0))
    )
    return (
        System.of_seeds(student, fixed=case.seeds_are_fixed),
        System.of_seeds(teacher, fixed=case.seeds_are_fixed),
    )


def _answers(
    case: Case, generator: np.random.Generator, example: np.ndarray, difficulty: np.ndarray, quality: float
) -> Iterator[np.ndarray]:
    """Say, for each seed, which items are right; over units and seeds their share is `quality`."""
    of_units = OF_UNITS if case.per_unit > 1 else 0.0
    spread = np.sqrt(1 + of_units**2 + case.of_seeds**2 + OF_ANSWERS**2)
    unit = example // case.per_unit
    of_unit = generator.normal(scale=of_units, size=case.examples // case.per_unit + 1)[unit] if of_units else 0.0
    for _ in range(case.seeds):
        of_seed = generator.normal(scale=case.of_seeds) if case.of_seeds else 0.0
        other = generator.normal(scale=OF_ANSWERS, size=len(example))
        yield difficulty + of_unit + of_seed + other + ndtri(quality) * spread > 0


def _counts(case: Case, generator: np.random.Generator, items: np.ndarray, right: np.ndarray) -> np.ndarray:
    example = np.repeat(np.arange(case.examples), items)
    found = np.bincount(example, weights=right, minlength=case.examples)
    if case.metric == "accuracy":
        return case.by_unit(np.stack([found, items.astype(float)], axis=1))
    spurious = generator.poisson(SPURIOUS, case.examples)
    return case.by_unit(np.stack([found, items, found + spurious], axis=1).astype(float))


@dataclass(frozen=True)
class Rates:
    """Shares of the trials."""

    promoted: float  # by the gate: each is an error
    covered: float  # the truth lies in the gate's two-sided interval of the same confidence
    bootstrap_promoted: float
    bootstrap_covered: float
    superior: float  # a student equal to its control, called superior


def rates(case: Case, *, trials: int, seed: int = 0, resamples: int = RESAMPLES) -> Rates:
    """Try often, each time with a new test set and new seeds."""
    seen = np.full((trials, 5), np.nan)
    for trial in range(trials):
        generator = np.random.default_rng([seed, trial])
        student, teacher = draw(case, generator, lost=MARGIN)
        found = difference(student, teacher, case.combine)
        two_sided = (1 + CONFIDENCE) / 2
        seen[trial, 0] = found.lower(CONFIDENCE) > -MARGIN
        seen[trial, 1] = found.lower(two_sided) <= -MARGIN <= found.upper(two_sided)
        if resamples and trial % OF_TRIALS == 0:
            seen[trial, 2:4] = _by_bootstrap(case, student, teacher, generator, resamples)
        equal = difference(*draw(case, generator, lost=0.0), case.combine)
        seen[trial, 4] = equal.lower(CONFIDENCE) > 0
    shares = np.nanmean(seen if resamples else np.nan_to_num(seen), axis=0)
    return Rates(*(float(share) for share in shares))


def _by_bootstrap(
    case: Case, student: System, teacher: System, generator: np.random.Generator, resamples: int
) -> tuple[bool, bool]:
    """Do the same by the percentile bootstrap over units and seeds."""
    differences = _resampled(case, student, teacher, generator, resamples)
    low, high = interval(differences, confidence=CONFIDENCE)
    return bool(np.quantile(differences, 1 - CONFIDENCE) > -MARGIN), low <= -MARGIN <= high


def _resampled(case: Case, first: System, second: System, generator: np.random.Generator, resamples: int) -> np.ndarray:
    """Draw units and seeds; give the difference in each resample."""
    digest = f"{generator.integers(2**63):016x}"
    one, other = (
        over_seeds(
            resample([seeds[0] for seeds in system.trainings], case.combine, resamples=resamples, digest=digest),
            digest=digest,
        )
        for system in (first, second)
    )
    return one - other


@dataclass(frozen=True)
class PairRates:
    """Shares of the trials in which two systems that are equally good are called different."""

    verdict: float  # of the report
    over_units: float  # by the exact test of the trained weights
    bootstrap: float


def pair_rates(case: Case, *, trials: int, seed: int = 0, resamples: int = RESAMPLES) -> PairRates:
    """Try often, each time with a new test set and new seeds."""
    level, seen = 1 - CONFIDENCE, np.zeros((trials, 3))
    for trial in range(trials):
        generator = np.random.default_rng([seed, trial, 1])
        pair = draw(case, generator, lost=0.0)
        found = difference(*pair, case.combine, limit=1.0)
        tested = paired_test(*pair, case.combine, found, permutations=resamples, digest=str(trial))
        exact = tested.mcnemar_p if tested.name == "mcnemar" else tested.randomization_p
        drawn = _resampled(case, *pair, generator, resamples)
        seen[trial] = [p < level for p in (tested.p, exact or 0.0, two_sided_p(drawn))]
    return PairRates(*(float(share) for share in seen.mean(axis=0)))


def cases() -> list[Case]:
    """List what is tried."""
    several = [
        Case(metric, examples, per_unit, seeds)
        for metric in ("accuracy", "entity_f1")
        for per_unit in (1, 5)
        for examples in (50, 150, 500)
        for seeds in (3, 5)
    ]
    fixed = [
        Case(metric, examples, per_unit, 1, of_seeds=0.0, seeds_are_fixed=True)
        for metric in ("accuracy", "entity_f1")
        for per_unit in (1, 5)
        for examples in (50, 150, 500)
    ]
    ignored = [Case("accuracy", 500, 1, 1, seeds_are_fixed=True)]  # as if one seed stood for all: what that costs
    return [*fixed, *several, *ignored]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--pairs", action="store_true", help="verdicts of pairs instead of the gate")
    arguments = parser.parse_args()
    trials = arguments.trials
    if arguments.pairs:
        print_pairs(trials)
        return
    error = 1.96 * np.sqrt(0.05 * 0.95 / trials)
    print(f"{trials} trials, of the bootstrap {trials // OF_TRIALS}: of a share of 5 % the Monte Carlo error is")
    print(f"± {100 * error:.1f} % and ± {100 * error * OF_TRIALS**0.5:.1f} % (95 %).\n")
    head = [
        "metric",
        "examples",
        "units",
        "seeds",
        "seeds vary",
        "gate: wrongly promoted",
        "wrongly superior",
        "covered",
    ]
    head += ["bootstrap: wrongly promoted", "covered"]
    print("|", " | ".join(head), "|\n|" + "---|" * len(head))
    for case in cases():
        found = rates(case, trials=trials)
        shares = (found.promoted, found.superior, found.covered, found.bootstrap_promoted, found.bootstrap_covered)
        vary = "yes" if case.of_seeds else "no"
        cells = [case.metric, case.examples, case.examples // case.per_unit, case.seeds, vary]
        print("|", " | ".join([*map(str, cells), *(f"{100 * share:.1f} %" for share in shares)]), "|", flush=True)


def print_pairs(trials: int) -> None:
    """Print how often equal systems are called different."""
    head = ["metric", "examples", "units", "seeds", "verdict", "exact test over units alone", "bootstrap"]
    print("|", " | ".join(head), "|\n|" + "---|" * len(head))
    for case in cases()[:-1]:
        found = pair_rates(case, trials=trials)
        shares = (f"{100 * share:.1f} %" for share in (found.verdict, found.over_units, found.bootstrap))
        cells = [case.metric, case.examples, case.examples // case.per_unit, case.seeds]
        print("|", " | ".join([*map(str, cells), *shares]), "|", flush=True)


if __name__ == "__main__":
    main()
