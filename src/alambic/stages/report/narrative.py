"""What was done and what came out, in plain words."""

from typing import Any

from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import count, percent, readable, size, times, value
from alambic.stages.report.phrases import Phrase, listed, same, section_words
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.retention import Retention, retention
from alambic.stages.report.speeds import TaskSpeed


def main_finding(report: ReportData) -> Phrase | None:
    """Say what the best student keeps of its teacher, as control and dictionary do; None where none was scored."""
    words, student, teacher = section_words("finding"), report.student, report.teacher
    if student is None or student.name not in report.order:
        return None
    if teacher is None or (of_student := retention(report, student.name, teacher.name, report.plain)) is None:
        return words["no_teacher"].format(student=_sized(student))
    others = [
        words["other_keeps"].format(model=words[role], kept=_kept(kept))
        for role in ("control", "dictionary")
        for model in report.models.values()
        if model.role == role and (kept := retention(report, model.name, teacher.name, report.plain)) is not None
    ]
    smaller = same("")
    if student.parameters and teacher.parameters:
        smaller = words["smaller"].format(times=times(teacher.parameters / student.parameters))
    return words["keeps"].format(
        student=student.name,
        teacher=teacher.name,
        kept=_kept(of_student),
        number=of_student.measures,
        smaller=smaller,
        others=words["others"].format(others=listed(others)) if others else same(""),
    )


def _kept(kept: Retention) -> Phrase:
    text = section_words("finding")["kept"]
    low, high = (f"{100 * number:.0f}" for number in (kept.low, kept.high))
    return text.format(percent=percent(kept.value), low=low, high=high)


def tell(artifacts: list[FinishedArtifact], models: dict[str, Model]) -> list[Phrase]:
    """Tell the experiment in a few sentences; what did not take place is left out."""
    sentences = (_corpus(artifacts), _distillation(models), _evaluation(artifacts, models))
    return [sentence for sentence in sentences if sentence]


def headlines(
    models: dict[str, Model], rankings: list[Ranking], speeds: list[TaskSpeed], *, student: Model | None = None
) -> list[tuple[str, Phrase]]:
    """Give the figures to remember about a student, or the first: (figure, what it says)."""
    words = section_words("finding")
    student = student or next((model for model in models.values() if model.role == "student"), None)
    teacher = next((model for model in models.values() if model.role == "teacher"), None)
    if student is None:
        return []
    figures = []
    if student.parameters:
        figures.append((size(student.parameters), words["parameters_in"].format(student=student.name)))
    if teacher and student.parameters and teacher.parameters:
        fewer = f"{times(teacher.parameters / student.parameters)}×"
        figures.append((fewer, words["fewer_parameters"].format(teacher=teacher.name)))
    figures += _speed(student, teacher, speeds) if teacher else []
    first = {ranking.task: ranking for ranking in reversed(rankings) if student.name in ranking.scores}
    chosen = [ranking for ranking in rankings if first.get(ranking.task) is ranking]
    return [*figures, *(_score_with_teacher(ranking, student, teacher) for ranking in chosen)]


def _speed(student: Model, teacher: Model, speeds: list[TaskSpeed]) -> list[tuple[str, Phrase]]:
    """Give how many times faster the student is on the longest texts, unless that is withheld."""
    ratio = speeds[0].ratio(student.name, teacher.name) if speeds else None
    if ratio is None or ratio.shown is None:
        return []
    text = section_words("finding")["faster"].format(
        teacher=teacher.name, rounds=speeds[0].how["rounds"], low=times(ratio.low), high=times(ratio.high)
    )
    return [(f"{times(ratio.shown)}×", text)]


def _score_with_teacher(ranking: Ranking, student: Model, teacher: Model | None) -> tuple[str, Phrase]:
    words = section_words("finding")
    figure = value(ranking.scores[student.name].value)
    place: dict[str, Any] = {"task": ranking.task, "dataset": readable(ranking.dataset)}
    what = words["score_of"].format(metric=readable(ranking.metric), student=student.name, **place)
    if teacher and teacher.name in ranking.scores:
        score = value(ranking.scores[teacher.name].value)
        return figure, words["teacher_has"].format(what=what, teacher=teacher.name, score=score)
    return figure, what


def _corpus(artifacts: list[FinishedArtifact]) -> Phrase | None:
    funnels: list[dict[str, Any]] = [
        funnel for artifact in of_stage(artifacts, "clean") for funnel in artifact.facts.get("funnel", {}).values()
    ]
    if not funnels:
        return None
    collected, documents, words = (
        sum(funnel.get(key) or 0 for funnel in funnels) for key in ("collected", "kept", "words")
    )
    numbers = {"collected": count(collected), "kept": count(documents), "words": count(words)}
    return section_words("finding")["corpus"].format(sources=len(funnels), **numbers)


def _distillation(models: dict[str, Model]) -> Phrase | None:
    words = section_words("finding")
    students = [model for model in models.values() if model.role == "student"]
    teachers = [model for model in models.values() if model.role == "teacher"]
    controls = [model.name for model in models.values() if model.role == "control"]
    if not students:
        return None
    pupils = listed([_sized(student) for student in students])
    trained = words["from_signal"].format(students=pupils)
    if teachers:
        trained = words["distilled"].format(teachers=listed([_sized(each) for each in teachers]), students=pupils)
    control = words["with_control"].format(controls=listed(controls)) if controls else same("")
    return words["sentence"].format(first=trained, second=control)


def _sized(model: Model) -> Phrase:
    words = section_words("finding")
    if model.layers and model.parameters:
        return words["layers_and_size"].format(name=model.name, layers=model.layers, size=size(model.parameters))
    return (
        words["of_size"].format(name=model.name, size=size(model.parameters)) if model.parameters else same(model.name)
    )


def _evaluation(artifacts: list[FinishedArtifact], models: dict[str, Model]) -> Phrase | None:
    words, common = section_words("finding"), section_words("common")
    evaluated = of_stage(artifacts, "evaluate")
    tasks = list(dict.fromkeys(artifact.item.partition("/")[2] for artifact in evaluated))
    if not tasks:
        return None
    answered = of_stage(artifacts, "predict")
    seeds = max((len(artifact.manifest.settings.get("seeds", [])) for artifact in answered), default=0)
    how = words["from_seeds"].format(seeds=seeds) if seeds > 1 else same("")
    names = list(dict.fromkeys(artifact.item.partition("/")[0] for artifact in evaluated))
    titles = [
        same(name)
        if models[name].role in name
        else words["with_role"].format(name=name, role=common[models[name].role])
        for name in names
    ]
    return words["compared"].format(how=how, tasks=listed(tasks), models=listed(titles))
