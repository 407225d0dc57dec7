"""The models that an experiment compares: what each is, how large, how fast, and in which colour it is drawn."""

from dataclasses import dataclass
from typing import Any, Literal

from alambic.settings import MODEL_STAGES
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.speeds import Figure, read_speeds

Role = Literal["student", "control", "teacher", "pretrained", "predictions", "dictionary"]

# Best told apart by readers with any colour vision (Okabe and Ito 2008); a student always comes first.
COLOURS: dict[Role, tuple[str, ...]] = {
    "student": ("#0072b2", "#009e73", "#cc79a7", "#56b4e9"),
    "control": ("#d55e00", "#b8860b"),
    "teacher": ("#6a4fb3",),
    "pretrained": ("#8c564b", "#a05195"),
    "predictions": ("#117733", "#882255", "#44aa99", "#999933"),
    "dictionary": ("#7a7a7a",),
}
MARKERS: dict[Role, str] = {
    "student": "o",
    "control": "s",
    "teacher": "D",
    "pretrained": "^",
    "predictions": "P",
    "dictionary": "x",
}


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
    for name in sorted(names, key=lambda name: list(COLOURS).index(roles[name])):
        role = roles[name]
        colour = COLOURS[role][used.get(role, 0) % len(COLOURS[role])]
        used[role] = used.get(role, 0) + 1
        models[name] = Model(name=name, role=role, colour=colour, **_facts(name, artifacts))
    return models


def _before_finetuning(name: str, artifacts: list[FinishedArtifact]) -> str:
    """Name the model that was fine-tuned under `name`: another one, under `finetune.task_distillation`."""
    finetuned = (artifact for artifact in of_stage(artifacts, "finetune") if artifact.item.partition("/")[0] == name)
    return next((artifact.manifest.settings["model"] for artifact in finetuned), name)


def _role(name: str, artifacts: list[FinishedArtifact]) -> Role:
    """A control is trained like a student, but without a teacher's signal."""
    name = _before_finetuning(name, artifacts)
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
    before = _before_finetuning(name, artifacts)
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
    }
