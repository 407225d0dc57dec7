"""What came out, first: chance, promotion, how much of its teacher the best student keeps, the figures to remember."""

from typing import Any

from alambic.stages.report.narrative import headlines, is_at_chance_everywhere, main_findings, tell
from alambic.stages.report.report_data import ReportData

ORDER = 10


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the findings, a sentence each, the figures, and the story."""
    return {
        "findings": main_findings(report),
        "share": not is_at_chance_everywhere(report),
        "silver": all(ranking.silver for ranking in report.plain),
        "story": tell(report.artifacts, report.models),
        "headlines": headlines(report.models, report.shown, report.speeds, student=report.student),
    }
