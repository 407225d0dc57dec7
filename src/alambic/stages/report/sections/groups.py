"""For whom the models err: scores by group, what distillation did to each gap, answers to minimal pairs of patients."""

from typing import Any

from alambic.stages.report.group_results import (
    Flipped,
    GroupedTask,
    Moved,
    corrected,
    flipped_answers,
    grouped_tasks,
    moved_gaps,
)
from alambic.stages.report.number_format import count, percent, probability, readable, signed
from alambic.stages.report.phrases import Phrase, listed, same, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table
from alambic.statistics.groups import SMALLEST, ByGroup, Group
from alambic.tasks.attributes import FROM_TEXT

ORDER = 64
LEVEL = 0.05  # of the share of false findings
# The words that the page has for attributes, groups and what pairs differ in; others are shown as they are.
KNOWN = (
    "attribute_sex", "attribute_age_class", "attribute_words", "attribute_source", "attribute_chapter",
    "attribute_year", "attribute_hand", "group_female", "group_male", "axis_sex", "axis_age", "axis_name",
)  # fmt: skip
SIGNS = {"above": "▲", "below": "▼"}


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the tables; None where nothing is known of anybody."""
    tasks, flipped = grouped_tasks(report), flipped_answers(report)
    if not tasks and not flipped:
        return None
    moved = moved_gaps(report, tasks)
    return {
        "tables": [_scores(report, of) for of in tasks],
        "small": _too_small(tasks),
        "moved": _moved(moved),
        "widened": _widened(moved),
        "flipped": _flipped(report, flipped),
        "read_from_text": any(each.attribute.endswith(FROM_TEXT) for each in _every(tasks)),
        "smallest": SMALLEST,
        "signs": SIGNS,
    }


def _every(tasks: list[GroupedTask]) -> list[ByGroup]:
    return [each for of in tasks for tables in of.by_model.values() for each in tables]


def _scores(report: ReportData, of: GroupedTask) -> Table:
    """Lay out one test set: a row for each group, a column for each model."""
    words = section_words("groups")
    models = [name for name in report.order if name in of.by_model]
    columns = [
        Column("attribute", words["attribute"], is_number=False),
        Column("group", words["group"], is_number=False),
        Column("documents", words["documents"], count),
        *(Column(name, name, model=name, task=of.task) for name in models),
    ]
    by_place = {
        (model, table.attribute, group.name): (table, group)
        for model in models
        for table in of.by_model[model]
        for group in table.groups
    }
    # A model's groups are judged together: the gaps of all models on this test set are one family of tests.
    gaps = [(place, group.gap) for place, (_, group) in by_place.items() if group.gap is not None]
    p_values = corrected([gap.p for _, gap in gaps])
    significant = {place for (place, _), p in zip(gaps, p_values, strict=True) if p is not None and p < LEVEL}
    rows = [
        Row(
            [
                _attribute(attribute),
                _group(name),
                by_place[first, attribute, name][1].units,
                *(_cell((model, attribute, name), by_place, significant) for model in models),
            ],
            task=of.task,
        )
        for first in models[:1]
        for attribute, name in dict.fromkeys((attribute, name) for _, attribute, name in by_place)
        if (first, attribute, name) in by_place
    ]
    caption = words["caption"].format(task=of.task, dataset=readable(of.dataset), metric=readable(of.metric))
    return Table(f"groups-{of.task}-{of.dataset}", columns, rows, caption)


def _cell(place: tuple[str, str, str], by_place: dict[Any, tuple[ByGroup, Group]], significant: set[Any]) -> Any:
    if place not in by_place:
        return None
    words = section_words("groups")
    _, group = by_place[place]
    if group.score is None:
        return Estimate(group.value, note=words["small"])
    mark = ""
    if place in significant and group.gap is not None:
        mark = SIGNS["above"] if group.gap.value > 0 else SIGNS["below"]
    return Estimate(group.value, group.score.low, group.score.high, mark=mark, best=bool(mark))


def _too_small(tasks: list[GroupedTask]) -> list[Phrase]:
    """Name the groups that are too small to judge."""
    words = section_words("groups")
    sentences = []
    for of in tasks:
        table = next(iter(of.by_model.values()))
        names = [same(f"{each.attribute}: {group.name} ({group.units})") for each in table for group in each.too_small]
        if names:
            sentences.append(words["these_are_small"].format(task=of.task, groups=listed(names)))
    return sentences


def _moved(moved: list[Moved]) -> Table | None:
    if not moved:
        return None
    words = section_words("groups")
    columns = [
        Column("group", words["group"], is_number=False),
        Column("model", words["student"], is_number=False),
        Column("teacher_gap", words["teacher_gap"], signed),
        Column("student_gap", words["student_gap"], signed),
        Column("change", words["change"], signed),
    ]
    p_values = corrected([each.change.p for each in moved])
    rows = []
    for each, p in zip(moved, p_values, strict=True):
        where = words["on"].format(
            attribute=_attribute(each.attribute),
            group=_group(each.group),
            task=each.task,
            dataset=readable(each.dataset),
        )
        found = p is not None and p < LEVEL
        mark = (SIGNS["above"] if each.change.value > 0 else SIGNS["below"]) if found else ""
        rows.append(
            Row(
                [
                    where,
                    same(each.student),
                    Estimate(each.before.value, each.before.low, each.before.high),
                    Estimate(each.after.value, each.after.low, each.after.high),
                    Estimate(
                        each.change.value, each.change.low, each.change.high, best=found, mark=mark,
                        note=_p(p),
                    ),
                ],
                model=f"{each.student} {each.teacher}",
                task=each.task,
            )
        )  # fmt: skip
    return Table("gaps", columns, rows, words["moved_caption"])


def _widened(moved: list[Moved]) -> list[Phrase]:
    """Say in words which gaps distillation made larger or smaller, as far as that is shown."""
    words = section_words("groups")
    p_values = corrected([each.change.p for each in moved])
    shown = [each for each, p in zip(moved, p_values, strict=True) if p is not None and p < LEVEL]
    if not shown:
        return [words["none_moved"].format(number=len(moved))] if moved else []
    return [
        words["wider" if abs(each.after.value) > abs(each.before.value) else "narrower"].format(
            student=each.student, attribute=_attribute(each.attribute), group=_group(each.group), task=each.task
        )
        for each in shown
    ]


def _flipped(report: ReportData, flipped: list[Flipped]) -> Table | None:
    if not flipped:
        return None
    words = section_words("groups")
    models = [name for name in report.order if any(name in of.by_model for of in flipped)]
    students = [name for name in models if any(name in of.against_teacher for of in flipped)]
    columns = [
        Column("pair", words["pair"], is_number=False),
        Column("texts", words["texts"], count),
        *(Column(name, name, percent, model=name) for name in models),
        *(
            Column(f"{name} less teacher", words["against"].format(student=name), signed, model=name)
            for name in students
        ),
    ]
    p_values = iter(corrected([each.p for of in flipped for each in of.against_teacher.values()]))
    rows = []
    for of in flipped:
        more = {name: (each, next(p_values)) for name, each in of.against_teacher.items()}
        some = next(iter(of.by_model.values()))
        pair = words["pair_of"].format(
            axis=words[f"axis_{of.pair.axis}"], first=of.pair.first, second=of.pair.second, task=of.task
        )
        rows.append(
            Row(
                [
                    pair,
                    some.texts,
                    *(_share(of, name) for name in models),
                    *(_more(*more[name]) if name in more else None for name in students),
                ],
                task=of.task,
            )
        )
    return Table("counterfactual", columns, rows, words["flipped_caption"])


def _share(of: Flipped, model: str) -> Estimate | None:
    if model not in of.by_model:
        return None
    found = of.by_model[model].share
    if found is None:
        return Estimate(None, note=section_words("groups")["small"])
    return Estimate(found.value, found.low, found.high)


def _more(found: Any, p: float | None) -> Estimate:
    shown = p is not None and p < LEVEL
    return Estimate(found.value, found.low, found.high, best=shown, note=_p(p))


def _p(p: float | None) -> Phrase | str:
    return same("p {p}").format(p=probability(p)) if p is not None else ""


def _attribute(name: str) -> Phrase:
    """Say an attribute in both languages, where the page has a word for it."""
    words = section_words("groups")
    plain = name.removesuffix(FROM_TEXT)
    known = words[f"attribute_{plain}"] if f"attribute_{plain}" in KNOWN else same(plain)
    return words["from_text"].format(attribute=known) if name.endswith(FROM_TEXT) else known


def _group(name: str) -> Phrase:
    words = section_words("groups")
    return words[f"group_{name}"] if f"group_{name}" in KNOWN else same(name)
