"""The scores of an experiment's evaluations, as far as they are made; what several benchmarks show."""

from alambic.data.inputs import Inputs
from alambic.planning.plan import Plan
from alambic.stages.report.comparison import Comparison, compare, read_resamples
from alambic.stages.report.finished_artifacts import FinishedArtifact, open_all
from alambic.stages.report.scores import Score, over_seeds, read_scores
from alambic.stages.report.unit_counts import Resamples

CONFIDENCE = 0.95


def finished(plan: Plan) -> list[FinishedArtifact]:
    """Open what is made of an experiment."""
    found = [one for one in plan.values() if one.manifest.exists() and one.stage != "report"]
    settings = plan.report.settings.model_copy(update={"items": [one.name for one in found]})
    return open_all(settings, Inputs(artifacts=[one.folder for one in found]))


def scored(artifacts: list[FinishedArtifact], metric: str) -> tuple[list[Score], Resamples]:
    """Read one metric's scores over seeds, and what the bootstrap drew."""
    scores = [score for score in over_seeds(read_scores(artifacts)) if score.metric == metric]
    return scores, read_resamples(artifacts)


def shown(score: Score) -> str:
    """Write a score with its interval."""
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"


def difference(first: Score, second: Score, resamples: Resamples) -> str:
    """Write a paired difference with its interval."""
    found: Comparison = compare(first, second, resamples, confidence=CONFIDENCE)
    return f"{found.difference:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
