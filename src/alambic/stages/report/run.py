"""Show an experiment's artifacts on one page, in one table of scores, and in a summary for the terminal."""

import logging
from pathlib import Path
from typing import Any

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Report
from alambic.stages.report.automation import read_automation, write_automation
from alambic.stages.report.comparison import Comparison, compare_all, default_pairs, read_resamples
from alambic.stages.report.energy_table import read_ledger, write_energy, write_frugality
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage, open_all
from alambic.stages.report.frugality import frugality_table
from alambic.stages.report.model_table import write_comparisons, write_models
from alambic.stages.report.models import Model, find_models
from alambic.stages.report.page import render
from alambic.stages.report.promotion import FILE, decide, write_promotion
from alambic.stages.report.ranking import rank
from alambic.stages.report.releases import summary_lines
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.scores import Score, read_scores, write_scores
from alambic.stages.report.summary import write_summary
from alambic.stages.report.transfer import write_transfer
from alambic.stages.report.unit_counts import CountsOfModels, Resamples, with_replicates

log = logging.getLogger("alambic.stages.report")

CONFIDENCE = 0.95  # where nothing was scored


def run(settings: Report, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write report.html, scores.csv and the other tables, and summary.txt; return how much they show."""
    artifacts = open_all(settings, inputs)
    models, scores = find_models(artifacts), read_scores(artifacts)
    rankings, confidence = rank(scores), _confidence(artifacts)
    counts = CountsOfModels(artifacts, settings.replicates)
    resamples = read_resamples(artifacts)
    comparisons = _compared(settings, models, scores, resamples, counts, confidence)
    for comparison in comparisons:
        if comparison.refused:
            log.warning("%s against %s: %s", comparison.first, comparison.second, comparison.refused)
    promotion = decide(settings.promote, scores, counts) if settings.promote else None
    for decision in promotion.decisions if promotion else ():
        log.info("%s: %s", decision.student, "promoted" if decision.promoted else "not promoted")
    title = settings.title or settings.experiment
    report = ReportData(settings, artifacts, models, scores, rankings, comparisons, confidence, resamples, promotion)
    released = summary_lines(report.releases)
    page = render(report, title=title)
    summary = write_summary(title, models, report.shown, confidence=confidence, released=released)
    write_scores(scores, output / "scores.csv")
    write_models(models, report.speeds, output / "models.csv")
    write_energy(read_ledger(artifacts), output / "energy.csv")
    write_frugality(frugality_table(artifacts, models, report.speeds), output / "frugality.csv")
    write_comparisons(comparisons, output / "comparisons.csv")
    write_transfer(report.transfer, output / "transfer.csv")
    write_automation(read_automation(artifacts), output / "automation.csv")
    write_promotion(promotion, output / FILE)
    (output / "report.html").write_text(page, encoding="utf-8")
    (output / "summary.txt").write_text(summary, encoding="utf-8")
    return {"artifacts": len(artifacts), "scores": len(scores), "comparisons": len(comparisons)}


def _compared(
    settings: Report,
    models: dict[str, Model],
    scores: list[Score],
    resamples: Resamples,
    counts: CountsOfModels,
    confidence: float,
) -> list[Comparison]:
    """Compare the pairs that are named, or every student with every other model."""
    pairs = settings.compare or default_pairs(models, {score.model for score in scores})
    scores, resamples = with_replicates(scores, resamples, settings.replicates, confidence=confidence)
    return compare_all(pairs, scores, resamples, confidence=confidence, counts=counts)


def _confidence(artifacts: list[FinishedArtifact]) -> float:
    """Read the level of the intervals, which all the evaluations of an experiment share."""
    levels = {artifact.manifest.settings.get("confidence", CONFIDENCE) for artifact in of_stage(artifacts, "evaluate")}
    if len(levels) > 1:
        raise UserError(f"report: intervals at several levels {sorted(levels)}: give one `evaluate.confidence`")
    return next(iter(levels), CONFIDENCE)
