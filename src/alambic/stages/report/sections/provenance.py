"""How each score was computed, and the fingerprint, code and place of every artifact."""

from typing import Any

from markupsafe import Markup, escape

from alambic.stages.report.number_format import duration, readable
from alambic.stages.report.phrases import section_words
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 98


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather signatures and artifacts."""
    return {
        "signatures": _signatures(report.rankings),
        "artifacts": _artifacts(report),
        "number": len(report.artifacts),
    }


def _signatures(rankings: list[Ranking]) -> list[tuple[str, list[str]]]:
    """List each way of computing a score, with the measures computed in that way."""
    measures: dict[str, list[str]] = {}
    for ranking in rankings:
        for signature in dict.fromkeys(score.signature for score in ranking.scores.values()):
            measures.setdefault(signature, []).append(f"{ranking.task}, {readable(ranking.dataset)}")
    return list(measures.items())


def _artifacts(report: ReportData) -> Table:
    words = section_words("provenance")
    names = ("artifact", "fingerprint", "commit", "site", "started")
    columns = [Column(name, words[name], is_number=False) for name in names]
    columns.append(Column("seconds", words["seconds"], duration))
    rows = []
    for artifact in report.artifacts:
        run = artifact.manifest.run
        site = ", ".join(str(run[key]) for key in ("site", "host") if run.get(key))
        fingerprint = _code(artifact.manifest.fingerprint[:16])
        commit, started = str(run.get("commit") or ""), str(run.get("started", ""))[:16].replace("T", " ")
        rows.append(
            Row([artifact.name, fingerprint, _code(commit) if commit else "", site, started, run.get("seconds")])
        )
    return Table("artifacts", columns, rows)


def _code(text: str) -> Markup:
    return Markup(f"<code>{escape(text)}</code>")
