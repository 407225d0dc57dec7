"""What each model is made from, by which way, under which terms, and what is to be cited."""

from typing import Any

from alambic.settings import LicenceReport
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 92
USED_AS = {"text": "as_text", "weights": "as_weights", "outputs": "as_outputs"}  # the words for each kind of use


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather a table per model, and the citations; None where no licence is known."""
    reports = report.settings.licence_reports
    licensed = [(model.name, model.licence) for model in report.models.values() if model.licence]
    if not reports and not licensed:
        return None
    cited = {each.cite for of in reports.values() for each in of.ingredients if each.cite}
    return {
        "reports": [(name, of, _verdict(of), _table(name, of)) for name, of in reports.items()],
        "licensed": licensed,
        "citations": sorted(cited),
    }


def _verdict(of: LicenceReport) -> str:
    """Give the key of the words for what a model may be released."""
    if of.against_research:
        return "not_to_be_released"
    return "research_only" if of.against_open else "nothing_against"


def _table(name: str, of: LicenceReport) -> Table:
    words = section_words("licences")
    columns = [
        Column("way", words["way"], is_number=False),
        Column("used as", words["used_as"], is_number=False),
        Column("licence", words["licence"], is_number=False),
        Column("to cite", words["to_cite"], is_number=False),
    ]
    rows = [
        Row([" ← ".join(each.path), words[USED_AS[each.kind]], each.licence or words["not_stated"], each.cite])
        for each in of.ingredients
    ]
    return Table(f"licences-{name.replace('/', '-')}", columns, rows)
