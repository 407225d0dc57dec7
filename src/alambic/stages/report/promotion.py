"""Which students may replace their teacher: shown by tests, or by how much the evidence falls short.

A student is promoted if on each test set that counts it is shown not to be inferior to its teacher by the margin, and
to be superior to the control.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from alambic.errors import nearest
from alambic.settings.promotion import PromoteSection
from alambic.settings.robustness import PERTURBED
from alambic.stages.report.metric_range import largest_difference
from alambic.stages.report.scores import Score, over_seeds
from alambic.stages.report.unit_counts import CountsOfModels, Measure, combine_of, higher_is_better
from alambic.statistics.difference import difference
from alambic.statistics.noninferiority import Claim, judge

FILE = "promoted.json"

Kind = Literal["non-inferior", "superior"]


@dataclass(frozen=True)
class Evidence:
    """One claim about a student on one test set; `refused` says why it could not be tested."""

    student: str
    against: str
    kind: Kind
    measure: Measure
    margin: float
    claim: Claim | None = None  # of which positive is better, whatever the metric
    units: int = 0
    examples: int = 0
    seeds: tuple[int, int] = (1, 1)  # trainings of the student, and of what it is compared with
    refused: str = ""

    @property
    def shown(self) -> bool:
        """Tell whether the claim is shown."""
        return self.claim is not None and self.claim.shown

    @property
    def examples_needed(self) -> int | None:
        """How many test examples alone would decide, of as many per unit as now."""
        if self.claim is None or self.claim.needed.units is None:
            return None
        return round(self.claim.needed.units * self.examples / self.units)


@dataclass(frozen=True)
class Decision:
    """What was decided of one student, and on what evidence."""

    student: str
    evidence: list[Evidence]

    @property
    def promoted(self) -> bool:
        """Tell whether every claim is shown."""
        return bool(self.evidence) and all(each.shown for each in self.evidence)

    @property
    def missing(self) -> list[Evidence]:
        """What is not shown."""
        return [each for each in self.evidence if not each.shown]


@dataclass(frozen=True)
class Promotion:
    """What was asked of the students, and what was decided of each."""

    asked: PromoteSection
    decisions: list[Decision]

    @property
    def promoted(self) -> list[str]:
        """Name the students that may replace their teacher."""
        return [decision.student for decision in self.decisions if decision.promoted]


def decide(asked: PromoteSection, scores: list[Score], counts: CountsOfModels) -> Promotion:
    """Decide of each student; a claim about a test set that was not scored is refused, and not shown.

    `asked` has the metric and the margin of each task, as the plan fills them in.
    """
    counting = [each for task in asked.tasks for each in _counting(asked, task, scores)]
    values = {(score.model, score.measure): score for score in over_seeds(scores)}
    decisions = []
    for student in asked.students:
        evidence: list[Evidence] = []
        for measure, missing in counting:
            margin = asked.tasks[measure[0]].margin or asked.margin
            claims: tuple[tuple[str, Kind, float], ...] = (
                (asked.teacher, "non-inferior", margin),
                (asked.control, "superior", 0.0),
            )
            for against, kind, least in claims:
                claim = Evidence(student, against, kind, measure, least, refused=missing)
                evidence.append(claim if missing else _weigh(asked, claim, counts))
        decisions.append(Decision(student, [_of_one_kind(each, values) for each in evidence]))
    return Promotion(asked, decisions)


def _of_one_kind(evidence: Evidence, values: Mapping[tuple[str, Measure], Score]) -> Evidence:
    """Take back a claim about two scores that were computed in different ways."""
    first, second = (values.get((name, evidence.measure)) for name in (evidence.student, evidence.against))
    if first is None or second is None or first.comparable(second):
        return evidence
    return replace(evidence, claim=None, refused="the two scores were computed in different ways")


def _counting(asked: PromoteSection, task: str, scores: list[Score]) -> Iterator[tuple[Measure, str]]:
    """Yield the test sets of a task that count, with the metric that does, and why one has no such score, or ""."""
    counting = asked.tasks[task]
    of_task = [score.measure for score in over_seeds(scores) if score.task == task]
    scored = {measure[1]: measure for measure in of_task if measure[3] == counting.metric}
    datasets = list(dict.fromkeys(measure[1] for measure in of_task))
    plain = [dataset for dataset in scored or datasets if PERTURBED not in dataset]
    for dataset in counting.datasets or plain or [""]:
        missing = ""
        if dataset not in scored:
            by = f"no score by {counting.metric}"
            missing = by if dataset in datasets else f"no such test set was scored; {nearest(dataset, datasets)}"
        yield scored.get(dataset, (task, dataset, "test", counting.metric)), missing


def _weigh(asked: PromoteSection, evidence: Evidence, counts: CountsOfModels) -> Evidence:
    """Test one claim; a claim that cannot be tested is not shown."""
    student, against, measure = evidence.student, evidence.against, evidence.measure
    try:
        first, second, units = counts.systems(student, against, measure, seeds_are_fixed=not asked.generalize_to_seeds)
        combine, limit = combine_of(measure[3]), largest_difference(measure[3])
        found = difference(first, second, combine, limit=limit)
    except ValueError as error:
        return replace(evidence, refused=str(error))
    oriented = found if higher_is_better(measure[3]) else found.turned()
    return replace(
        evidence,
        claim=judge(oriented, margin=evidence.margin, confidence=asked.level),
        units=len(units.units),
        examples=sum(units.examples),
        seeds=(len(first.trainings), len(second.trainings)),
    )


def write_promotion(promotion: Promotion | None, path: Path) -> None:
    """Write promoted.json, on which scripts rely; `asked` is null where the experiment has no section `promote`."""
    content: dict[str, Any] = {"asked": None, "promoted": [], "students": {}}
    if promotion is not None:
        asked = promotion.asked.model_dump(mode="json")
        students = {decision.student: _student(decision) for decision in promotion.decisions}
        level = {"confidence_of_each_interval": promotion.asked.level}
        content = {"asked": asked | level, "promoted": promotion.promoted, "students": students}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _student(decision: Decision) -> dict[str, Any]:
    return {"promoted": decision.promoted, "evidence": [_row(each) for each in decision.evidence]}


def _row(each: Evidence) -> dict[str, Any]:
    task, dataset, split, metric = each.measure
    row: dict[str, Any] = {
        "claim": each.kind,
        "against": each.against,
        "task": task,
        "dataset": dataset,
        "split": split,
        "metric": metric,
        "margin": each.margin,
        "outcome": each.claim.outcome if each.claim else "not tested",
        "refused": each.refused,
    }
    if each.claim is None:
        return row
    claim = each.claim
    return row | {
        "difference": claim.difference,
        "lower": claim.lower,
        "upper": claim.upper,
        "standard_error": claim.standard_error,
        "shortfall": claim.shortfall,
        "examples": each.examples,
        "units": each.units,
        "trainings": list(each.seeds),
        "examples_needed": each.examples_needed,
        "differing_units": claim.differing,
        "units_needed": claim.needed.units,
        "trainings_needed": claim.needed.seeds,
        "times_more_of_both": claim.needed.times,
        "needed_is_unknown": claim.needed.unknown,
    }
