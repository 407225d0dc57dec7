"""What was done and what came out, in plain words."""

from typing import Any

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import count, listed, readable, size, times, value
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.speeds import TaskSpeed


def tell(artifacts: list[FinishedArtifact], models: dict[str, Model], rankings: list[Ranking]) -> list[str]:
    """Tell the experiment in a few sentences; what did not take place is left out."""
    return [
        sentence for sentence in (_corpus(artifacts), _distillation(models), _evaluation(artifacts, models)) if sentence
    ]


def headlines(models: dict[str, Model], rankings: list[Ranking], speeds: list[TaskSpeed]) -> list[tuple[str, str]]:
    """Give the figures to remember about the first student: (figure, what it says); of each task, its first data."""
    student = next((model for model in models.values() if model.role == "student"), None)
    teacher = next((model for model in models.values() if model.role == "teacher"), None)
    if student is None:
        return []
    figures = [(size(student.parameters), f"parameters in {student.name}")] if student.parameters else []
    if teacher and student.parameters and teacher.parameters:
        figures.append((f"{times(teacher.parameters / student.parameters)}×", f"fewer parameters than {teacher.name}"))
    figures += _speed(student, teacher, speeds) if teacher else []
    first = {ranking.task: ranking for ranking in reversed(rankings) if student.name in ranking.scores}
    chosen = [ranking for ranking in rankings if first.get(ranking.task) is ranking]
    return [*figures, *(_score_with_teacher(ranking, student, teacher) for ranking in chosen)]


def _speed(student: Model, teacher: Model, speeds: list[TaskSpeed]) -> list[tuple[str, str]]:
    """Give how many times faster the student is on the longest texts, unless that is withheld."""
    ratio = speeds[0].ratio(student.name, teacher.name) if speeds else None
    if ratio is None or ratio.shown is None:
        return []
    rounds = f"quartiles of {speeds[0].how['rounds']} rounds {times(ratio.low)} to {times(ratio.high)}"
    return [(f"{times(ratio.shown)}×", f"the words of {teacher.name} per second of processor time; {rounds}")]


def _score_with_teacher(ranking: Ranking, student: Model, teacher: Model | None) -> tuple[str, str]:
    score = ranking.scores[student.name].value
    what = f"{readable(ranking.metric)} of {student.name} on {ranking.task}, {readable(ranking.dataset)}"
    if teacher and teacher.name in ranking.scores:
        return value(score), f"{what}; {teacher.name} has {value(ranking.scores[teacher.name].value)}"
    return value(score), what


def _corpus(artifacts: list[FinishedArtifact]) -> str:
    funnels: list[dict[str, Any]] = [
        funnel for artifact in of_stage(artifacts, "clean") for funnel in artifact.facts.get("funnel", {}).values()
    ]
    if not funnels:
        return ""
    collected, documents, words = (
        sum(funnel.get(key) or 0 for funnel in funnels) for key in ("collected", "kept", "words")
    )
    return (
        f"Of {count(collected)} documents from {len(funnels)} sources, cleaning kept {count(documents)}, "
        f"which hold {count(words)} words."
    )


def _distillation(models: dict[str, Model]) -> str:
    students = [model for model in models.values() if model.role == "student"]
    teachers = [model for model in models.values() if model.role == "teacher"]
    controls = [model.name for model in models.values() if model.role == "control"]
    if not students:
        return ""
    pupils = listed([_sized(student) for student in students])
    distilled = f"The teacher {listed([_sized(teacher) for teacher in teachers])} was distilled into {pupils}"
    trained = distilled if teachers else f"From a teacher's signal were trained {pupils}"
    control = f"; {listed(controls)} had the same training without a teacher, which tells what the teacher is worth"
    return f"{trained}{control if controls else ''}."


def _sized(model: Model) -> str:
    details = [
        f"{model.layers} layers" if model.layers else "",
        f"{size(model.parameters)} parameters" if model.parameters else "",
    ]
    description = ", ".join(detail for detail in details if detail)
    return f"{model.name} ({description})" if description else model.name


def _evaluation(artifacts: list[FinishedArtifact], models: dict[str, Model]) -> str:
    evaluated = of_stage(artifacts, "evaluate")
    tasks = list(dict.fromkeys(artifact.item.partition("/")[2] for artifact in evaluated))
    if not tasks:
        return ""
    answered = of_stage(artifacts, "predict")
    seeds = max((len(artifact.manifest.settings.get("seeds", [])) for artifact in answered), default=0)
    how = f", fine-tuned from {seeds} seeds each" if seeds > 1 else ""
    names = list(dict.fromkeys(artifact.item.partition("/")[0] for artifact in evaluated))
    return f"The models compared{how}, on {listed(tasks)}: {listed([models[name].title for name in names])}."
