"""What came out, first: how much of its teacher the best student keeps, and the figures to remember."""

from typing import Any

from alambic.stages.report.narrative import headlines, main_finding, tell
from alambic.stages.report.report_data import ReportData

ORDER = 10


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the finding in one sentence, the figures, and the story."""
    return {
        "finding": main_finding(report),
        "silver": all(ranking.silver for ranking in report.plain),
        "story": tell(report.artifacts, report.models),
        "headlines": headlines(report.models, report.shown, report.speeds, student=report.student),
    }
