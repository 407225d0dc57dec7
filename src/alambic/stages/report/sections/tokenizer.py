"""How many tokens a word takes, before and after, and what learnt pieces buy."""

from typing import Any

from alambic.stages.report import added_pieces, fertility, learning_curves
from alambic.stages.report.number_format import value
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 82


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the figures and drawings; None where no tokenizer was made."""
    fertilities = learning_curves.fertilities(report.artifacts)
    if not fertilities:
        return None
    words = section_words("tokenizer")
    columns = [
        Column("tokenizer", words["tokenizer"], is_number=False),
        Column("texts", words["texts"], is_number=False),
        Column("before", words["before"], value),
        Column("after", words["after"], value),
    ]
    rows = [
        Row([name, text, of.get("before"), of.get("after")])
        for name, texts in fertilities.items()
        for text, of in texts.items()
    ]
    scores = [score for ranking in report.shown for score in ranking.scores.values()]
    return {
        "fertility": Table("fertility", columns, rows),
        "drawing": fertility.draw(fertilities, axis=words["tokens_per_word"], label=words["fertility"]),
        "added": added_pieces.draw(scores, report.artifacts, axis=words["learnt_pieces"], label=words["added"]),
    }
