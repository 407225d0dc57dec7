"""Precision and recall of every model, together and of each label."""

from typing import Any

from alambic.stages.report.answers import Answers
from alambic.stages.report.label_counts import LabelScore, by_label, together
from alambic.stages.report.number_format import count, decimal, readable, value
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 50
MOST = 30  # labels in a table on the page; the rest is in the file

ByModel = dict[str, dict[str, LabelScore]]  # then by label


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather a table of all labels together, and one per test set; None where no answers are at hand."""
    places = [(ranking.task, ranking.dataset) for ranking in report.plain]
    shown = {place: _of_place(report, place) for place in places}
    shown = {place: answers for place, answers in shown.items() if answers}
    if not shown:
        return None
    scores = {place: {each.model: by_label(each) for each in answers} for place, answers in shown.items()}
    return {
        "overall": _overall(shown),
        "tables": [_labels(place, of_models) for place, of_models in scores.items()],
        "every": _every_label(scores),
        "most": MOST,
    }


def _of_place(report: ReportData, place: tuple[str, str]) -> list[Answers]:
    answers = {each.model: each for each in report.answers if (each.task, each.dataset) == place}
    return [answers[name] for name in report.order if name in answers]


def _overall(shown: dict[tuple[str, str], list[Answers]]) -> Table:
    words, common = section_words("labels"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("test set", words["test_set"], is_number=False),
    ]
    columns += [Column(name, words[name], value) for name in ("precision", "recall", "f1")]
    rows = []
    for (task, dataset), answers in shown.items():
        for each in answers:
            scored = together(each)
            place = f"{task}, {readable(dataset)}"
            rows.append(Row([each.model, place, scored.precision, scored.recall, scored.f1], each.model, task))
    return Table("precision-recall", columns, rows, words["overall_caption"], models=True)


def _labels(place: tuple[str, str], scores: ByModel) -> Table:
    words = section_words("labels")
    task, dataset = place
    first = next(iter(scores.values()))
    columns = [Column("label", words["label"], is_number=False), Column("support", words["support"], count)]
    columns += [Column(f"f1 of {name}", name, value, model=name) for name in scores]
    rows = [
        Row([label, first[label].support, *(_cell(of.get(label)) for of in scores.values())])
        for label in [label for label, scored in first.items() if scored.support][:MOST]
    ]
    caption = words["labels_caption"].format(task=task, dataset=readable(dataset))
    return Table(f"labels-{task}-{dataset}", columns, rows, caption)


def _cell(scored: LabelScore | None) -> Estimate | None:
    if scored is None:
        return None
    return Estimate(scored.f1, note=decimal(f"{scored.precision:.2f} · {scored.recall:.2f}"))


def _every_label(scores: dict[tuple[str, str], ByModel]) -> Table:
    words, common = section_words("labels"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("test set", words["test_set"], is_number=False),
        Column("label", words["label"], is_number=False),
        Column("support", words["support"], count),
        *(Column(name, words[name], value) for name in ("precision", "recall", "f1")),
    ]
    rows = [
        Row(
            [model, f"{task}, {readable(dataset)}", label, of.support, of.precision, of.recall, of.f1],
            model,
            task,
        )
        for (task, dataset), of_models in scores.items()
        for model, labels in of_models.items()
        for label, of in labels.items()
    ]
    return Table("every-label", columns, rows, models=True)
