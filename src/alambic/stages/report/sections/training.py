"""The losses of distillation and of fine-tuning, step by step."""

from typing import Any

from alambic.stages.report.learning_curves import distillation_curves, draw, finetuning_curves
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData

ORDER = 80


def section(report: ReportData) -> dict[str, Any] | None:
    """Draw the curves; None where nothing was trained."""
    words = section_words("training")
    charts = {"distillation": distillation_curves(report.artifacts), "finetuning": finetuning_curves(report.artifacts)}
    drawings = {
        name: draw(curves, report.models, step=words["step"], label=words[name], tasks=name == "finetuning")
        for name, curves in charts.items()
    }
    return drawings if any(drawings.values()) else None
