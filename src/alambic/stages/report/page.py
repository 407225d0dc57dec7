"""The report: one page that holds all it shows and opens anywhere, offline, for years.

Jinja2 writes it and matplotlib draws it as SVG: both are in the environment anyway, and the page needs no script. A
library of interactive plots would weigh megabytes in each report, or load them from elsewhere.
"""

from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from alambic.settings import LicenceReport
from alambic.stages.report import learning_curves, number_format, plots
from alambic.stages.report.added_pieces import added_pieces
from alambic.stages.report.comparison import Comparison
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.narrative import headlines, tell
from alambic.stages.report.ranking import Ranking, main_rankings, order
from alambic.stages.report.releases import read_releases
from alambic.stages.report.scores import Score
from alambic.stages.report.speeds import LARGEST_SPREAD, read_speeds
from alambic.stages.report.style import STYLE
from alambic.stages.report.template import PAGE

FORMATS = ("count", "times", "size", "duration", "value", "signed", "probability", "readable")


def render(
    *,
    title: str,
    experiment: str,
    artifacts: list[FinishedArtifact],
    models: dict[str, Model],
    rankings: list[Ranking],
    comparisons: list[Comparison],
    confidence: float,
    licence_reports: dict[str, LicenceReport],
) -> str:
    """Write the whole page as HTML."""
    environment = Environment(
        loader=DictLoader({"page.html": PAGE}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(number_format, name) for name in FORMATS})
    shown, speeds = main_rankings(rankings), read_speeds(artifacts)
    return environment.get_template("page.html").render(
        title=title,
        experiment=experiment,
        style=STYLE,
        story=tell(artifacts, models, shown),
        headlines=headlines(models, shown, speeds),
        models=models,
        order=order(shown),
        shown=shown,
        rankings=rankings,
        speeds=speeds,
        largest_spread=LARGEST_SPREAD,
        teachers=[model.name for model in models.values() if model.role == "teacher"],
        comparisons=comparisons,
        confidence=confidence,
        plots=draw_all(artifacts, models, shown),
        fertility=learning_curves.fertilities(artifacts),
        releases=read_releases(artifacts),
        sources=of_stage(artifacts, "collect"),
        licence_reports=licence_reports,
        corpora=of_stage(artifacts, "clean"),
        times=_times(artifacts),
        artifacts=artifacts,
        signatures=_signatures(rankings),
    )


def draw_all(artifacts: list[FinishedArtifact], models: dict[str, Model], shown: list[Ranking]) -> dict[str, str]:
    """Draw every plot; an empty one where there is nothing to draw."""
    scores: list[Score] = [score for ranking in shown for score in ranking.scores.values()]
    return {
        "quality": plots.size_and_quality(scores, models),
        "distillation": learning_curves.distillation_curves(artifacts, models),
        "finetuning": learning_curves.finetuning_curves(artifacts, models),
        "fertility": plots.fertility(learning_curves.fertilities(artifacts)),
        "added": added_pieces(scores, artifacts),
    }


def _times(artifacts: list[FinishedArtifact]) -> list[dict[str, Any]]:
    """Sum time per stage; an artifact that was already there counts with the time it once took."""
    stages: dict[str, list[dict[str, Any]]] = {}
    for artifact in artifacts:
        stages.setdefault(artifact.stage, []).append(artifact.manifest.run)
    rows = [_spent(stage, runs) for stage, runs in stages.items()]
    most = max((row["seconds"] for row in rows), default=0.0) or 1.0
    return [{**row, "share": row["seconds"] / most} for row in rows]


def _spent(stage: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = [float(run.get("seconds") or 0) for run in runs]
    memory = max(run.get("peak_memory_mb") or 0 for run in runs)
    return {"stage": stage, "number": len(runs), "seconds": sum(seconds), "longest": max(seconds), "memory": memory}


def _signatures(rankings: list[Ranking]) -> list[tuple[str, list[str]]]:
    """List each way of computing a score, with the measures computed in that way."""
    measures: dict[str, list[str]] = {}
    for ranking in rankings:
        for signature in dict.fromkeys(score.signature for score in ranking.scores.values()):
            measures.setdefault(signature, []).append(f"{ranking.task}, {number_format.readable(ranking.dataset)}")
    return list(measures.items())
