"""The models that were made ready to be passed on, with the scores of each of their forms."""

from typing import Any

from alambic.stages.report.number_format import decimal, readable
from alambic.stages.report.phrases import section_words
from alambic.stages.report.releases import ReleasedModel
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 94


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather a table per release; None where there is none."""
    tables = [_table(release) for release in report.releases]
    return {"tables": tables} if tables else None


def _table(release: ReleasedModel) -> Table:
    words = section_words("releases")
    content = release.content
    columns = [
        Column("test texts", words["texts"], is_number=False),
        Column("metric", words["metric"], is_number=False),
        *(
            Column(form, words["form"].format(form=form, size=decimal(f"{size:.1f}")))
            for form, size in release.megabytes.items()
        ),
    ]
    rows = [
        Row([readable(dataset), readable(metric), *(_estimate(scores.get(form)) for form in release.forms)])
        for dataset, metric, scores in release.rows()
    ]
    if content["why_not_onnx"]:
        how: Any = words["no_onnx"].format(why=content["why_not_onnx"])
    else:
        how = f"{content['cpu']} ({', '.join(content['cpu_flags'])})."
    caption = words["caption"].format(name=release.name, seed=content["seed"], folder=str(release.folder), how=how)
    return Table(f"release-{release.name}", columns, rows, caption)


def _estimate(score: dict[str, Any] | None) -> Estimate | None:
    if score is None:
        return None
    same = score["same_answers"]
    note = section_words("releases")["same"].format(percent=decimal(f"{same * 100:.1f}")) if same is not None else ""
    return Estimate(score["value"], score["low"], score["high"], note=note)
