"""What was collected, what became of it, under which licences, and what was removed because a model is scored on it."""

from typing import Any

from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.number_format import count, readable
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 90


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the sources and the corpora; None where nothing was collected."""
    sources, corpora = report.of_stage("collect"), report.of_stage("clean")
    if not sources and not corpora:
        return None
    return {
        "sources": _sources(sources) if sources else None,
        "corpora": [(artifact, _funnel(artifact)) for artifact in corpora],
    }


def _sources(sources: list[FinishedArtifact]) -> Table:
    words = section_words("corpus")
    columns = [
        Column("source", words["source"], is_number=False),
        Column("documents", words["documents"], count),
        Column("words", words["words"], count),
        Column("licences", words["licences"], is_number=False),
    ]
    rows = [
        Row([of.item, of.facts.get("documents"), of.facts.get("words"), ", ".join(of.facts.get("licences", {}))])
        for of in sources
    ]
    return Table("sources", columns, rows, words["collected_caption"])


def _funnel(artifact: FinishedArtifact) -> Table:
    words = section_words("corpus")
    columns = [
        Column("source", words["source"], is_number=False),
        Column("collected", words["collected"], count),
        Column("kept", words["kept"], count),
        Column("words kept", words["words_kept"], count),
        Column("dropped", words["dropped"], is_number=False),
        Column("changed", words["changed"], is_number=False),
    ]
    rows = [
        Row(
            [
                source,
                *(funnel.get(key) for key in ("collected", "kept", "words")),
                *(_listed(funnel.get(key, {})) for key in ("dropped", "changed")),
            ]
        )
        for source, funnel in artifact.facts.get("funnel", {}).items()
    ]
    licences = ", ".join(f"{name} ({count(number)})" for name, number in artifact.facts.get("licences", {}).items())
    caption = words["corpus_caption"].format(corpus=artifact.item, licences=licences)
    return Table(f"corpus-{artifact.item}", columns, rows, caption)


def _listed(numbers: dict[str, int]) -> str:
    return "; ".join(f"{readable(reason)} ({count(number)})" for reason, number in numbers.items())
