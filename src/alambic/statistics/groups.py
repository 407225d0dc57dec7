"""For whom a model errs: a score in each group of examples, gaps between groups, and what distillation did to them.

Scores by group are those of fairlearn's MetricFrame (Bird et al. 2020). Its rows are examples; here intervals come from
drawing units, such as documents, with all their examples: within a unit examples are alike. The draws depend on the
units alone, so two models that were scored on the same examples are compared draw by draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from alambic.statistics.bootstrap import Combine, digest_of, draws, interval
from alambic.statistics.paired_tests import two_sided_p

SMALLEST = 20  # units: of fewer, a percentile interval covers too seldom to be told
MOST_GROUPS = 40  # of an attribute with more values no table is made
PERMUTATIONS = 400


@dataclass(frozen=True)
class Counted:
    """What one model's metric is computed from: counts (seeds, examples, k), and what makes a score of their sums."""

    counts: np.ndarray
    combine: Combine


@dataclass(frozen=True)
class Interval:
    """A value, its percentile interval, and a two-sided p-value of its being zero where that is asked."""

    value: float
    low: float
    high: float
    p: float | None = None


@dataclass(frozen=True)
class Group:
    """One group's score, and its distance from all other examples together; None where there is too little of it."""

    name: str
    examples: int
    units: int
    value: float  # the mean over seeds
    score: Interval | None = None
    gap: Interval | None = None  # its score less that of all others

    @property
    def judged(self) -> bool:
        """Tell whether the group is large enough for an interval."""
        return self.score is not None


@dataclass(frozen=True)
class ByGroup:
    """One model on one measure, by one attribute of its examples."""

    attribute: str
    groups: list[Group]
    difference: float | None  # between the best and the worst of the groups that are judged
    difference_p: float | None  # how often units dealt to the groups by chance differ as much
    unknown: int  # examples of which the attribute is not known
    draws: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)  # of each gap: (resamples,)

    @property
    def too_small(self) -> list[Group]:
        """The groups that are too small to judge."""
        return [group for group in self.groups if not group.judged]


def score_by_group(
    counted: Counted,
    units: Sequence[str],
    attribute: str,
    values: Sequence[str],
    *,
    resamples: int,
    confidence: float,
    smallest: int = SMALLEST,
) -> ByGroup | None:
    """Score each group of the examples that share a value; an empty value is unknown. None without two groups."""
    known = np.array([bool(value) for value in values])
    unknown = int((~known).sum())
    names = sorted({value for value in values if value})
    if not 2 <= len(names) <= MOST_GROUPS:
        return None
    unit_names, unit_of = np.unique(np.asarray(units, dtype=object)[known].astype(str), return_inverse=True)
    counts = counted.counts[:, known]
    group_of = np.array([names.index(value) for value in values if value])
    sizes = [len(set(unit_of[group_of == number])) for number in range(len(names))]
    scores = _frame(counted, counts, np.array([names[number] for number in group_of]))
    large = [number for number, size in enumerate(sizes) if size >= smallest]
    if len(large) < 2:
        plain = [
            Group(name, int((group_of == number).sum()), sizes[number], scores[name])
            for number, name in enumerate(names)
        ]
        return ByGroup(attribute, plain, None, None, unknown)
    totals = _totals(counts, unit_of, group_of, len(unit_names), len(names))
    within, others = _resampled(totals, counted.combine, unit_names, resamples)
    gaps = within - others  # (groups, resamples)
    whole = totals.sum(axis=1)  # (seeds, groups, k)
    rest = counted.combine(whole.sum(axis=1, keepdims=True) - whole).mean(axis=0)
    groups = [
        Group(
            name,
            int((group_of == number).sum()),
            sizes[number],
            scores[name],
            _interval(scores[name], within[number], confidence) if number in large else None,
            _interval(scores[name] - float(rest[number]), gaps[number], confidence, tested=True)
            if number in large
            else None,
        )
        for number, name in enumerate(names)
    ]
    difference = _spread([scores[names[number]] for number in large])
    p = _by_chance(totals[:, :, large], counted.combine, difference, unit_names)
    return ByGroup(attribute, groups, difference, p, unknown, {names[number]: gaps[number] for number in large})


def change_of_gaps(student: ByGroup, teacher: ByGroup, *, confidence: float) -> dict[str, Interval]:
    """Say by how much distillation moved each group's distance from the others: student less teacher, draw by draw.

    Below zero the group is worse off, compared with the others, than it was with the teacher.
    """
    gaps = {group.name: group.gap for group in student.groups}
    before = {group.name: group.gap for group in teacher.groups}
    moved = {}
    for name in student.draws.keys() & teacher.draws.keys():
        ours, theirs = gaps[name], before[name]
        if ours is None or theirs is None or len(student.draws[name]) != len(teacher.draws[name]):
            continue
        drawn = student.draws[name] - teacher.draws[name]
        moved[name] = _interval(ours.value - theirs.value, drawn, confidence, tested=True)
    return {name: moved[name] for name in gaps if name in moved}


def ratio_interval(
    counted: Counted, units: Sequence[str], *, resamples: int, confidence: float, minus: Counted | None = None
) -> Interval:
    """Give a score over all examples with its interval over units and seeds; less another's, draw by draw."""
    names, unit_of = np.unique(np.asarray(units, dtype=object).astype(str), return_inverse=True)
    values: list[tuple[float, np.ndarray]] = []
    for each in (counted, *([minus] if minus is not None else [])):
        totals = _totals(each.counts, unit_of, np.zeros(len(unit_of), dtype=int), len(names), 1)
        within, _ = _resampled(totals, each.combine, names, resamples)
        values.append((float(each.combine(each.counts.sum(axis=1)).mean()), within[0]))
    if minus is None:
        return _interval(*values[0], confidence)
    (ours, drawn), (theirs, against) = values
    return _interval(ours - theirs, drawn - against, confidence, tested=True)


def grouped(values: Sequence[str], *, parts: int = 3, most_numbers: int = 8) -> list[str]:
    """Cut numbers of many values into parts of as many examples each; leave all else as it is.

    ["3", "12", "40", ...] -> ["≤ 9", "> 9, ≤ 31", "> 31", ...]
    """
    numbers = [float(value) for value in values if _is_number(value)]
    if len(set(numbers)) <= most_numbers or len(numbers) < sum(map(bool, values)):
        return list(values)
    cuts = sorted({float(np.quantile(numbers, n / parts, method="lower")) for n in range(1, parts)})
    names = [f"≤ {_short(cuts[0])}"]
    names += [f"> {_short(low)}, ≤ {_short(high)}" for low, high in pairwise(cuts)]
    names += [f"> {_short(cuts[-1])}"]
    return [names[int(np.searchsorted(cuts, float(value)))] if value else "" for value in values]


def _frame(counted: Counted, counts: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """Give each group's score, by fairlearn: the metric of its rows, the mean over seeds."""
    from fairlearn.metrics import MetricFrame

    def score(rows: np.ndarray, _: np.ndarray) -> float:
        return float(counted.combine(counts[:, np.asarray(rows)].sum(axis=1)).mean())

    rows = np.arange(counts.shape[1])
    frame = MetricFrame(metrics=score, y_true=rows, y_pred=rows, sensitive_features={"group": groups})
    return {str(name): float(value) for name, value in frame.by_group.items()}


def _totals(counts: np.ndarray, unit_of: np.ndarray, group_of: np.ndarray, units: int, groups: int) -> np.ndarray:
    """Sum counts within each unit and group: (seeds, units, groups, k)."""
    totals = np.zeros((counts.shape[0], units, groups, counts.shape[2]))
    for seed in range(counts.shape[0]):
        np.add.at(totals[seed], (unit_of, group_of), counts[seed])
    return totals


def _resampled(
    totals: np.ndarray, combine: Combine, unit_names: np.ndarray, resamples: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw units, and seeds with them; give the scores of each group, and of all others: (groups, resamples) each."""
    seeds, units, groups, width = totals.shape
    digest = digest_of(unit_names.tolist())
    generator = np.random.Generator(np.random.PCG64([int(digest[:16], 16), seeds]))
    chosen = generator.integers(seeds, size=(resamples, seeds))
    within, others = np.empty((groups, resamples)), np.empty((groups, resamples))
    start = 0
    for drawn_units in draws(units, resamples, digest):
        weights, size = drawn_units.astype(float), len(drawn_units)
        drawn = np.stack([(weights @ of.reshape(units, -1)).reshape(size, groups, width) for of in totals])
        rest = drawn.sum(axis=2, keepdims=True) - drawn
        rows = np.arange(size)[:, None]
        for values, into in ((combine(drawn), within), (combine(rest), others)):  # (seeds, size, groups)
            picked = values[chosen[start : start + size], rows]  # (size, seeds, groups)
            into[:, start : start + size] = picked.mean(axis=1).T
        start += size
    return within, others


def _by_chance(totals: np.ndarray, combine: Combine, difference: float, unit_names: np.ndarray) -> float:
    """Deal units to groups by chance, and count how often they differ as much: a largest gap is never below zero.

    A unit that has examples in several groups gives each of them its own part, to another group by chance.
    """
    groups = totals.shape[2]
    generator = np.random.Generator(np.random.PCG64([int(digest_of(unit_names.tolist())[:16], 16), 1]))
    present = np.argwhere(totals.any(axis=(0, 3)))  # pairs of unit and group that have examples
    parts = totals[:, present[:, 0], present[:, 1]]  # (seeds, parts, k)
    reached = 0
    for _ in range(PERMUTATIONS):
        dealt = np.zeros((groups, len(present)))
        dealt[generator.permutation(present[:, 1]), np.arange(len(present))] = 1
        reached += _spread(combine(dealt @ parts).mean(axis=0)) >= difference - 1e-12
    return (reached + 1) / (PERMUTATIONS + 1)


def _interval(value: float, drawn: np.ndarray, confidence: float, *, tested: bool = False) -> Interval:
    return Interval(value, *interval(drawn, confidence=confidence), two_sided_p(drawn) if tested else None)


def _spread(values: Sequence[float] | np.ndarray) -> float:
    return float(np.max(values) - np.min(values))


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _short(number: float) -> str:
    return f"{number:g}"
