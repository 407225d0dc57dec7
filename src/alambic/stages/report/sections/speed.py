"""How fast the models answer, side by side on the same texts."""

from typing import Any

from alambic.stages.report.number_format import count, times
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.speeds import LARGEST_SPREAD, Figure, TaskSpeed
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 60


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather a table per task; None where nothing was timed."""
    if not report.speeds:
        return None
    tables = [_table(report, speed) for speed in report.speeds]
    return {"tables": tables, "most": f"{LARGEST_SPREAD * 100:.0f}"}


def _table(report: ReportData, speed: TaskSpeed) -> Table:
    words, common = section_words("speed"), section_words("common")
    teachers = [
        model.name for model in report.models.values() if model.role == "teacher" and model.name in speed.seconds
    ]
    columns = [
        Column("model", common["model"], is_number=False),
        Column("words/s", words["words_per_second"], count),
        *(Column(f"times {name}", words["times"].format(teacher=name), times) for name in teachers),
    ]
    rows = []
    for name, figure in speed.words_per_second.items():
        ratios = [speed.ratio(name, teacher) if name != teacher else None for teacher in teachers]
        rows.append(Row([name, _shown(figure), *map(_shown, ratios)], model=name))
    how = speed.how
    caption = words["caption"].format(
        task=speed.task,
        texts=how["texts"],
        median=count(how["words_per_text"]),
        longest=count(how["longest_text"]),
        batch=how["batch"],
        rounds=how["rounds"],
        cpu=how["cpu"],
        share=f"{how['share_of_a_core'] * 100:.0f}",
    )
    return Table(f"speed-{speed.task}", columns, rows, caption, models=True)


def _shown(figure: Figure | None) -> Estimate | None:
    if figure is None:
        return None
    withheld = section_words("speed")["withheld"].format(why=figure.withheld) if figure.withheld else ""
    return Estimate(figure.shown, figure.low, figure.high, note=withheld)
