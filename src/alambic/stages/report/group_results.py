"""Scores by group and answers to minimal pairs of every model, read once for the report."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from alambic.data.predictions import NAME, PredictedExamples
from alambic.errors import UserError
from alambic.settings.robustness import PERTURBED
from alambic.stages.report.report_data import ReportData
from alambic.statistics.groups import ByGroup, Interval, change_of_gaps
from alambic.statistics.multiple_testing import benjamini_hochberg
from alambic.tasks.counterfactuals import Changed, Pair, changed_answers, difference, pairs_of
from alambic.tasks.group_scores import metric_of_answers, score_groups

log = logging.getLogger("alambic.stages.report")

COMPARED = ("teacher", "student", "control", "dictionary")  # roles of models whose groups are shown
RESAMPLES = 1000  # of groups: their intervals are wide, and there are many of them


@dataclass(frozen=True)
class GroupedTask:
    """The models on one test set, by the attributes of its examples."""

    task: str
    dataset: str
    metric: str
    by_model: dict[str, list[ByGroup]]


@dataclass(frozen=True)
class Moved:
    """What distillation did to the gap of one group."""

    task: str
    dataset: str
    attribute: str
    group: str
    student: str
    teacher: str
    before: Interval
    after: Interval
    change: Interval


@dataclass(frozen=True)
class Flipped:
    """The share of answers that one minimal pair changes, of each model; of students more than of their teacher."""

    task: str
    pair: Pair
    by_model: dict[str, Changed]
    against_teacher: dict[str, Interval] = field(default_factory=dict)


def grouped_tasks(report: ReportData) -> list[GroupedTask]:
    """Score every shown model by group, on test sets that are as they were collected."""
    found: dict[tuple[str, str], GroupedTask] = {}
    for model, task, metrics, parts in _predicted(report):
        metric = metric_of_answers(metrics)
        for part in parts:
            if metric and PERTURBED not in part.dataset:
                entry = found.setdefault((task, part.dataset), GroupedTask(task, part.dataset, metric, {}))
                entry.by_model[model] = score_groups(part, metric, resamples=RESAMPLES, confidence=report.confidence)
    return [each for each in found.values() if any(each.by_model.values())]


def moved_gaps(report: ReportData, tasks: list[GroupedTask]) -> list[Moved]:
    """Compare each student's gaps with those of its teacher, on the same draws."""
    moved: list[Moved] = []
    for of in tasks:
        for student, teacher in _pairs(report, of.by_model):
            before = {each.attribute: each for each in of.by_model[teacher]}
            for after in of.by_model[student]:
                if after.attribute in before:
                    moved += _moved(of, student, teacher, after, before[after.attribute], report.confidence)
    return moved


def flipped_answers(report: ReportData) -> list[Flipped]:
    """Count the answers that change between the two of each minimal pair of patients."""
    settings = {f"{each.item}": each.manifest.settings for each in report.of_stage("predict")}
    found: dict[tuple[str, Pair], Flipped] = {}
    for model, task, _, parts in _predicted(report):
        by_name = {part.dataset: part for part in parts}
        perturb = settings[f"{model}/{task}"]["task"].get("perturb", {})
        for pair in pairs_of(perturb, [*by_name]):
            changed = changed_answers(by_name, pair, resamples=RESAMPLES, confidence=report.confidence)
            if changed is not None:
                found.setdefault((task, pair), Flipped(task, pair, {})).by_model[model] = changed
    for of in found.values():
        for student, teacher in _pairs(report, of.by_model):
            more = difference(
                of.by_model[student], of.by_model[teacher], resamples=RESAMPLES, confidence=report.confidence
            )
            if more is not None:
                of.against_teacher[student] = more
    return list(found.values())


def corrected(p_values: list[float | None]) -> list[float | None]:
    """Correct for many tests by the share of false findings (Benjamini and Hochberg 1995); None stays."""
    known = [p for p in p_values if p is not None]
    adjusted = iter(benjamini_hochberg(known))
    return [None if p is None else float(next(adjusted)) for p in p_values]


def _predicted(report: ReportData) -> Iterator[tuple[str, str, list[str], list[PredictedExamples]]]:
    """Yield model, task, metrics and what was predicted on the test sets, of models whose groups are shown."""
    metrics = {each.item: each.manifest.settings.get("metrics", []) for each in report.of_stage("evaluate")}
    for artifact in report.of_stage("predict"):
        model, _, task = artifact.item.partition("/")
        if artifact.item not in metrics or model not in report.models or report.models[model].role not in COMPARED:
            continue
        if task in report.transfer.smaller:
            continue
        if artifact.tested is None:
            log.warning("%s has no %s: the groups of its examples are not shown", artifact.name, NAME)
        else:
            yield model, task, metrics[artifact.item], artifact.tested


def _pairs(report: ReportData, scored: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each scored student with its teacher, where that was scored too."""
    distilled = {each.item: each.manifest.settings for each in report.of_stage("distill")}
    first = report.teacher.name if report.teacher is not None else ""
    for name in scored:
        if report.models[name].role == "student":
            own = str(distilled.get(name, {}).get("teacher") or "")
            teacher = own if own in scored else first
            if teacher in scored:
                yield name, teacher


def _moved(
    of: GroupedTask, student: str, teacher: str, after: ByGroup, before: ByGroup, confidence: float
) -> Iterator[Moved]:
    gaps, old = ({group.name: group.gap for group in each.groups} for each in (after, before))
    for name, change in change_of_gaps(after, before, confidence=confidence).items():
        now, then = gaps[name], old[name]
        if now is None or then is None:
            raise UserError(f"report: group {name} of {of.task} was judged for one of {student} and {teacher} alone")
        yield Moved(of.task, of.dataset, after.attribute, name, student, teacher, then, now, change)
