"""What an artifact is about: its model, task and seed, the texts that it reads, the model that it makes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alambic.commands.tracking.content import flatten, score_name
from alambic.data.manifest import Manifest
from alambic.planning.artifact import Artifact, short
from alambic.settings import DICTIONARY, MODEL_STAGES, Experiment

SOURCES = ("collect", "clean")  # stages whose artifacts are texts
# Of texts; where none is named, they are for training.
USES = {
    "predict": "evaluation",
    "evaluate": "evaluation",
    "calibrate": "evaluation",
    "explain": "evaluation",
    "speed": "evaluation",
    "study": "evaluation",
    "clean": "source",
}


@dataclass(frozen=True)
class Texts:
    """Texts that a run reads: what MLflow calls a dataset."""

    name: str
    digest: str
    place: str  # the folder
    use: str
    counts: Mapping[str, int]


def subject_of(artifact: Artifact) -> dict[str, str]:
    """Name model, task and seed of an artifact, each where it has one.

    finetune/student/icd_chapter/seed1 -> {"model": "student", "task": "icd_chapter", "seed": "1"}
    """
    if artifact.stage in MODEL_STAGES:
        return {"model": artifact.item}
    if artifact.stage == "speed":
        return {"task": artifact.item}
    of_model = {
        "finetune": artifact.item,
        "predict": artifact.item,
        "evaluate": artifact.item,
        "teach": getattr(artifact.settings, "teacher", ""),
    }
    parts = of_model.get(artifact.stage, "").split("/")
    named = dict(zip(("model", "task", "seed"), parts, strict=False))
    return {key: value.removeprefix("seed") if key == "seed" else value for key, value in named.items() if value}


def texts_of(artifact: Artifact, datasets: Iterable[str]) -> list[Texts]:
    """List the texts that an artifact is made from; of an evaluation the `datasets` that have scores, by their task."""
    use = USES.get(artifact.stage, "training")
    if artifact.stage != "evaluate":
        read = _sources(artifact)
        return [Texts(each.item, short(each.fingerprint), str(each.folder), use, _counts(each)) for each in read]
    task = subject_of(artifact)["task"]
    (predicted,) = artifact.inputs["predictions"]
    read = _sources(predicted)
    content = json.dumps([predicted.settings.model_dump(mode="json")["task"], [each.fingerprint for each in read]])
    digest = short(hashlib.sha256(content.encode()).hexdigest())
    place = str(read[0].folder) if read else ""
    return [Texts(f"{task}.{dataset}", digest, place, use, {}) for dataset in dict.fromkeys(datasets)]


def _sources(artifact: Artifact) -> list[Artifact]:
    return [upstream for upstream in artifact.upstream if upstream.stage in SOURCES]


def datasets_by_metric(rows: list[dict[str, Any]], texts: list[Texts]) -> dict[str, Texts]:
    """Give the texts that each score is of, by the score's name in MLflow."""
    by_name = {each.name.partition(".")[2]: each for each in texts}
    found: dict[str, Texts] = {}
    for row in rows:
        for end in ("", ".low", ".high", f".seed{row['seed']}"):
            found |= dict.fromkeys(flatten({score_name(row) + end: 0}), by_name[row["dataset"]])
    return found


def _counts(artifact: Artifact) -> dict[str, int]:
    if not artifact.manifest.exists():
        return {}
    facts = Manifest.read(artifact.manifest).facts
    facts = facts.get("train", facts)
    return {name: facts[name] for name in ("documents", "words") if isinstance(facts.get(name), int)}


def origin_of(model: str, experiment: Experiment) -> str:
    """Name the artifact that makes a model; of one that a teacher helps to fine-tune, its first fine-tuning.

    Of a row of `predict.few_shot` it is the model that is prompted.
    """
    for stage in MODEL_STAGES:
        if model in experiment.items(stage):
            return f"{stage}/{model}"
    finetune = experiment.finetune
    if model in experiment.predict.few_shot:
        return f"fetch/{experiment.predict.few_shot[model].model}"
    if finetune is None or model == DICTIONARY or not experiment.tasks:
        return ""
    tasks = [name for name, task in experiment.tasks.items() if model in task.models_of(finetune.models)]
    return f"finetune/{model}/{next(iter(tasks or experiment.tasks))}/seed{finetune.seeds[0]}"


def students_of(experiment: Experiment) -> list[str]:
    """Name the students of an experiment: distilled ones, and those that a teacher helps to fine-tune."""
    return [*experiment.distill, *(experiment.finetune.task_distillation if experiment.finetune else ())]


def role_of(model: str, experiment: Experiment) -> str:
    """Say what a model is in its experiment: student, control, teacher, adapted, pretrained or prompted.

    A control is trained like a student, but without a teacher's signal.
    """
    if model in experiment.predict.few_shot:
        return "prompted"
    distilled = experiment.distill.get(model)
    if distilled is not None and not (distilled.signal or distilled.online):
        return "control"
    helped = experiment.finetune.task_distillation if experiment.finetune else {}
    if model in experiment.distill or model in helped:
        return "student"
    teachers = {student.teacher for student in experiment.distill.values()} | {one.teacher for one in helped.values()}
    return "teacher" if model in teachers else "adapted" if model in experiment.adapt else "pretrained"


def parameters_of(experiment: Experiment) -> dict[str, Any]:
    """Sum up an experiment for the run that stands for all of it."""
    finetune = experiment.finetune
    summed: dict[str, Any] = {
        "students": students_of(experiment),
        "teachers": [model for model in experiment.models if role_of(model, experiment) == "teacher"],
        "models": finetune.models if finetune else [],
        "tasks": [*experiment.tasks],
        "corpora": [*experiment.clean],
        "sources": [*experiment.collect],
        "seeds": finetune.seeds if finetune else [],
        "release": experiment.release.terms,
    }
    named = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in summed.items()}
    return {key: value for key, value in named.items() if value}
