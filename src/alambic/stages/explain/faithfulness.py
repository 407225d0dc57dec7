"""What explanations are worth, as a table of methods and measures, each tested against explanations by chance."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from alambic import plugins
from alambic.settings.explain import MEASURES, RANDOM
from alambic.stages.explain.averages import Values, by_unit, counts_of, mean, mean_of_seeds
from alambic.stages.explain.explanations import Measured
from alambic.statistics.bootstrap import digest_of
from alambic.statistics.difference import System, difference
from alambic.statistics.multiple_testing import holm
from alambic.statistics.paired_tests import paired_test

PERMUTATIONS = 10_000
FEWEST = 2  # units of which a difference has a variance
LEVEL = 0.05  # of significance, after Holm's correction
TESTED = ("faithfulness", "plausibility")


@dataclass(frozen=True)
class Row:
    """One method by one measure, for one model; the difference is that to `random`."""

    system: str
    method: str
    measure: str
    judges: str
    better: str
    value: float
    low: float
    high: float
    values: int
    texts: int
    difference: float | None = None
    p: float | None = None
    corrected_p: float | None = None

    @property
    def beats_random(self) -> bool:
        """Whether it is better than chance, after correction."""
        if self.difference is None or self.corrected_p is None or self.corrected_p >= LEVEL:
            return False
        return self.difference > 0 if self.better == "higher" else self.difference < 0

    def as_record(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        return {**asdict(self), "beats_random": self.beats_random}


def rows_of(measured: Sequence[Measured], *, resamples: int, confidence: float) -> list[Row]:
    """Average each measure over texts and seeds, and test each method against `random`; Holm over all tests."""
    pairs: dict[tuple[str, str, str], dict[int, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for each in measured:
        of = each.explanation
        pairs[of.system, of.method, each.measure][of.seed].append((of.unit, each.value))
    values = {key: [by_unit(seeds[seed]) for seed in sorted(seeds)] for key, seeds in pairs.items()}
    rows = []
    for (system, method, measure), seeds in values.items():
        found = mean_of_seeds(seeds, resamples=resamples, confidence=confidence)
        if found is None:
            continue
        judges, better = (plugins.constant(MEASURES, measure, name) for name in ("JUDGES", "BETTER"))
        row = Row(
            system, method, measure, judges, better, found.value, found.low, found.high, found.values, found.units
        )
        if method != RANDOM and judges in TESTED:
            row = replace(row, **_against(seeds, values.get((system, RANDOM, measure), [])))
        rows.append(row)
    return _corrected(rows)


def _against(seeds: Sequence[Values], chance: Sequence[Values]) -> dict[str, Any]:
    """Test a method against `random` on the same units; nothing where there are too few."""
    units = sorted({unit for values in (*seeds, *chance) for unit in values})
    if len(units) < FEWEST or len(seeds) != len(chance):
        return {}
    first, second = (System.of_seeds([counts_of(units, values) for values in each]) for each in (seeds, chance))
    found = difference(first, second, mean)
    tested = paired_test(first, second, mean, found, permutations=PERMUTATIONS, digest=digest_of(units))
    return {"difference": found.value, "p": tested.p}


def _corrected(rows: list[Row]) -> list[Row]:
    p_values = [row.p for row in rows if row.p is not None]
    corrected = iter(holm(p_values))
    return [row if row.p is None else replace(row, corrected_p=next(corrected)) for row in rows]
