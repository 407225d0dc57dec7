"""The models that an experiment compares: what each is, how large, how fast, and in which colour it is drawn."""

from dataclasses import dataclass, replace
from typing import Any

from alambic.settings import MODEL_STAGES
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.marks import CIRCLE, COLOURS, DASHES, Role, mark
from alambic.stages.report.speeds import Figure, read_speeds


@dataclass(frozen=True)
class Model:
    """One model, or the dictionary."""

    name: str
    role: Role
    colour: str
    parameters: int | None = None
    embedding_parameters: int | None = None
    layers: int | None = None
    speed: Figure | None = None  # words per second of processor time, on the task with the longest texts
    licence: str | None = None
    family: str = ""  # encoder, causal ...; of what is no model, what it is
    shape: str = CIRCLE  # the path of its mark
    fill: str = "none"  # of its mark
    dash: str = ""  # of its lines

    @property
    def title(self) -> str:
        """The name, with the role where the name does not say it."""
        return self.name if self.role in self.name else f"{self.name} ({self.role})"


def find_models(artifacts: list[FinishedArtifact]) -> dict[str, Model]:
    """Describe every model that was trained or scored, students first."""
    names = [artifact.item for artifact in of_stage(artifacts, "distill")]
    for artifact in of_stage(artifacts, "evaluate"):
        name = artifact.item.partition("/")[0]
        if name not in names:
            names.append(name)
    roles = {name: _role(name, artifacts) for name in names}
    used: dict[Role, int] = {}
    models = {}
    ordered = sorted(names, key=lambda name: list(COLOURS).index(roles[name]))
    for place, name in enumerate(ordered):
        role = roles[name]
        colour, shape, fill = mark(role, used.get(role, 0))
        used[role] = used.get(role, 0) + 1
        drawn: dict[str, Any] = {"colour": colour, "shape": shape, "fill": fill, "dash": DASHES[place % len(DASHES)]}
        models[name] = Model(name=name, role=role, **drawn, **_facts(name, artifacts))
        if not models[name].family:
            models[name] = replace(models[name], family=role)
    return models


def before_finetuning(name: str, artifacts: list[FinishedArtifact]) -> str:
    """Name what answers under `name`: another model, under `finetune.task_distillation` or `predict.few_shot`."""
    if (prompted := few_shot_of(name, artifacts)) is not None:
        return str(prompted["model"])
    finetuned = (artifact for artifact in of_stage(artifacts, "finetune") if artifact.item.partition("/")[0] == name)
    return next((artifact.manifest.settings["model"] for artifact in finetuned), name)


def few_shot_of(name: str, artifacts: list[FinishedArtifact]) -> dict[str, Any] | None:
    """Give the model of a row that is prompted and not trained, and how many examples it is shown; None of others."""
    answered = (artifact for artifact in of_stage(artifacts, "predict") if artifact.item.partition("/")[0] == name)
    return next((artifact.manifest.settings.get("few_shot") for artifact in answered), None)


def _role(name: str, artifacts: list[FinishedArtifact]) -> Role:
    """A control is trained like a student, but without a teacher's signal."""
    if few_shot_of(name, artifacts) is not None:
        return "prompted"
    name = before_finetuning(name, artifacts)
    distilled = {artifact.item: artifact.manifest.settings for artifact in of_stage(artifacts, "distill")}
    if name in distilled:
        return "student" if distilled[name].get("signal") or distilled[name].get("online") else "control"
    if name in {artifact.item for stage in MODEL_STAGES for artifact in of_stage(artifacts, stage)}:
        teachers = {settings.get("teacher") for settings in distilled.values()}
        return "teacher" if name in teachers else "pretrained"
    answered = [artifact for artifact in of_stage(artifacts, "predict") if artifact.item.partition("/")[0] == name]
    given = any(artifact.manifest.settings.get("predictions") for artifact in answered)
    return "predictions" if given else "dictionary"


def _facts(name: str, artifacts: list[FinishedArtifact]) -> dict[str, Any]:
    before = before_finetuning(name, artifacts)
    names = {f"{stage}/{before}" for stage in MODEL_STAGES}
    trained = next((artifact for artifact in artifacts if artifact.name in names), None)
    facts = trained.facts if trained else {}
    speeds = [speed.words_per_second[name] for speed in read_speeds(artifacts) if name in speed.words_per_second]
    return {
        "parameters": facts.get("parameters"),
        "embedding_parameters": facts.get("embedding_parameters"),
        "layers": facts.get("layers"),
        "speed": speeds[0] if speeds else None,
        "licence": facts.get("licence"),
        "family": facts.get("family") or (trained.manifest.settings.get("family") if trained else None) or "",
    }
