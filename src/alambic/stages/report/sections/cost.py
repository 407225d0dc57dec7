"""Time and memory of each stage."""

from typing import Any

from alambic.stages.report.number_format import count, duration
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 96


def section(report: ReportData) -> dict[str, Any] | None:
    """Sum time per stage; an artifact that was already there counts with the time it once took."""
    words = section_words("cost")
    columns = [
        Column("stage", words["stage"], is_number=False),
        Column("artifacts", words["artifacts"], count),
        Column("seconds", words["time"], duration),
        Column("longest", words["longest"], duration),
        Column("peak memory in MB", words["memory"], count),
    ]
    stages: dict[str, list[dict[str, Any]]] = {}
    for artifact in report.artifacts:
        stages.setdefault(artifact.stage, []).append(artifact.manifest.run)
    rows = [Row(_spent(stage, runs)) for stage, runs in stages.items()]
    return {"times": Table("time-and-memory", columns, rows, words["caption"])}


def _spent(stage: str, runs: list[dict[str, Any]]) -> list[Any]:
    seconds = [float(run.get("seconds") or 0) for run in runs]
    return [stage, len(runs), sum(seconds), max(seconds), max(run.get("peak_memory_mb") or 0 for run in runs)]
