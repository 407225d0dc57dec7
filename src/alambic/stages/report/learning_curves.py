"""Training curves, drawn from the journals of the artifacts."""

from typing import Any

from markupsafe import Markup

from alambic.stages.report.charts.axis import linear
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import readable
from alambic.stages.report.phrases import Phrase

NO_CURVE = {"time", "learning_rate"}
TEXTS = {"held_out": "medical, held out", "general": "general French", "train": "medical, training"}

Curve = tuple[str, dict[int, float]]  # model, value by step


def distillation_curves(artifacts: list[FinishedArtifact]) -> dict[str, list[Curve]]:
    """Gather a chart per objective: losses of different objectives have no common scale."""
    curves: dict[str, list[Curve]] = {}
    for artifact in of_stage(artifacts, "distill"):
        scalars = {name for point in artifact.journal.values() for name in point} - NO_CURVE
        parts = scalars - {"loss"} if len(scalars) > 1 else scalars
        for scalar in sorted(parts):
            curves.setdefault(readable(scalar), []).append((artifact.item, _values(artifact, scalar)))
    return curves


def finetuning_curves(artifacts: list[FinishedArtifact]) -> dict[str, list[Curve]]:
    """Gather a chart per task, a curve per model and seed."""
    curves: dict[str, list[Curve]] = {}
    for artifact in of_stage(artifacts, "finetune"):
        model, _, rest = artifact.item.partition("/")
        task = rest.rpartition("/")[0] or rest
        if values := _values(artifact, "loss"):
            curves.setdefault(task, []).append((model, values))
    return curves


def draw(
    charts: dict[str, list[Curve]], models: dict[str, Model], *, step: Phrase | str, label: Phrase | str, tasks: bool
) -> Markup:
    """Draw values against steps, a panel per chart: thin as they are, thick as they are smoothed."""
    shown = {title: [each for each in curves if each[0] in models] for title, curves in charts.items()}
    panels = [
        _panel(title, curves, models, step=step, task=title if tasks else "")
        for title, curves in shown.items()
        if curves
    ]
    names = dict.fromkeys(name for curves in shown.values() for name, _ in curves)
    return figure(panels, label=label, models=[models[name] for name in names])


def _panel(title: str, curves: list[Curve], models: dict[str, Model], *, step: Phrase | str, task: str) -> Panel:
    steps = [float(each) for _, values in curves for each in values]
    everything = [value for _, values in curves for value in values.values()]
    x = linear(steps, step, low=0, margin=0.02, write=lambda value: f"{value:.0f}")
    panel = Panel(title, x=x, y=linear(everything), task=task)
    for name, values in curves:
        points = [(float(step), value) for step, value in values.items()]
        smoothed = smooth(list(values.values()))
        panel.line(points, models[name], faint=True)
        panel.line([(x, value) for (x, _), value in zip(points, smoothed, strict=True)], models[name])
    return panel


def smooth(values: list[float], *, share: float = 0.03) -> list[float]:
    """Average exponentially over about `share` of the values, so that a noisy loss shows its course."""
    weight = 1 / max(1.0, len(values) * share)
    smoothed: list[float] = []
    for value in values:
        smoothed.append(value if not smoothed else smoothed[-1] + weight * (value - smoothed[-1]))
    return smoothed


def fertilities(artifacts: list[FinishedArtifact]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Gather tokens per word, before and after, by tokenizer and kind of text."""
    by_tokenizer = {}
    for artifact in of_stage(artifacts, "tokenizer"):
        measured: dict[str, Any] = artifact.facts.get("fertility", {})
        texts = sorted(measured, key=lambda text: list(TEXTS).index(text) if text in TEXTS else len(TEXTS))
        by_tokenizer[artifact.item] = {TEXTS.get(text, text): measured[text] for text in texts}
    return {name: texts for name, texts in by_tokenizer.items() if texts}


def _values(artifact: FinishedArtifact, scalar: str) -> dict[int, float]:
    return {step: point[scalar] for step, point in artifact.journal.items() if scalar in point}
