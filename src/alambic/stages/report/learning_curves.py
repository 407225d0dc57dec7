"""Which plots the report shows, drawn from the artifacts."""

from typing import Any

from alambic.stages.report import plots
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import readable
from alambic.stages.report.plots import Curve

NO_CURVE = {"time", "learning_rate"}
TEXTS = {"held_out": "medical, held out", "general": "general French", "train": "medical, training"}


def distillation_curves(artifacts: list[FinishedArtifact], models: dict[str, Model]) -> str:
    """Draw a panel per objective: losses of different objectives have no common scale."""
    curves: dict[str, list[Curve]] = {}
    for artifact in of_stage(artifacts, "distill"):
        scalars = {name for point in artifact.journal.values() for name in point} - NO_CURVE
        parts = scalars - {"loss"} if len(scalars) > 1 else scalars
        for scalar in sorted(parts):
            curve = (artifact.item, models[artifact.item].colour, _values(artifact, scalar))
            curves.setdefault(readable(scalar), []).append(curve)
    label = "Losses of distillation against steps, a panel per objective"
    return plots.training_curves(list(curves.items()), name="distillation", label=label)


def finetuning_curves(artifacts: list[FinishedArtifact], models: dict[str, Model]) -> str:
    """Draw a panel per task, a line per seed."""
    curves: dict[str, list[Curve]] = {}
    for artifact in of_stage(artifacts, "finetune"):
        model, _, rest = artifact.item.partition("/")
        task = rest.rpartition("/")[0] or rest
        colour = models[model].colour if model in models else "#7a7a7a"
        if values := _values(artifact, "loss"):
            curves.setdefault(task, []).append((model, colour, values))
    label = "Loss of fine-tuning against steps, a panel per task and a line per seed"
    return plots.training_curves(list(curves.items()), name="finetuning", label=label)


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
