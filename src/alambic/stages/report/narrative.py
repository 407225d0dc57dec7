"""What was done and what came out, in plain words."""

from typing import Any

from alambic.stages.report.chance import models_at_chance
from alambic.stages.report.finished_artifacts import FinishedArtifact, of_stage
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import count, decimal, percent, readable, size, times, value
from alambic.stages.report.phrases import Phrase, listed, same, section_words
from alambic.stages.report.promotion import Decision, Evidence
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.retention import Retention, retention
from alambic.stages.report.speeds import TaskSpeed


def main_findings(report: ReportData) -> list[Phrase]:
    """Say what came out, the worst first: chance, promotions, a dictionary that does better, what a student keeps.

    Empty where no student was scored.
    """
    student = report.student
    if student is None or student.name not in report.order:
        return []
    names = [model.name for model in (student, report.teacher) if model is not None]
    at_chance = {name: _at_chance(report, name) for name in names}
    sentences = [_no_better_than_chance(report, name, of) for name, of in at_chance.items() if of]
    sentences += _promoted(report)
    sentences += _dictionary_does_better(report, student)
    if not is_at_chance_everywhere(report):  # else nothing is kept, or of nothing
        sentences.append(_share_of_teacher(report, student, report.teacher))
    return sentences


def is_at_chance_everywhere(report: ReportData) -> bool:
    """Tell whether the best student, or its teacher, is on no test set shown to be better than chance."""
    names = [model.name for model in (report.student, report.teacher) if model is not None]
    return any(bool(scored := _scored(report, name)) and len(_at_chance(report, name)) == len(scored) for name in names)


def _scored(report: ReportData, model: str) -> list[Ranking]:
    return [ranking for ranking in report.plain if model in ranking.scores]


def _at_chance(report: ReportData, model: str) -> list[Ranking]:
    return [ranking for ranking in _scored(report, model) if model in models_at_chance(report, ranking)]


def _no_better_than_chance(report: ReportData, model: str, at_chance: list[Ranking]) -> Phrase:
    words = section_words("finding")
    if len(at_chance) == len(_scored(report, model)):
        return words["chance_everywhere"].format(model=model)
    return words["chance"].format(model=model, on=listed([_place(ranking.measure) for ranking in at_chance]))


def _promoted(report: ReportData) -> list[Phrase]:
    """Say which students the stated margin promotes, and of the others by how much the evidence falls short."""
    words, promotion = section_words("finding"), report.promotion
    if promotion is None:
        return []
    sentences = [_not_promoted(decision) for decision in promotion.decisions if not decision.promoted]
    if promotion.promoted:
        names = listed(promotion.promoted)
        sentences.insert(0, words["promoted"].format(students=names, teacher=promotion.asked.teacher))
    return sentences


def _dictionary_does_better(report: ReportData, student: Model) -> list[Phrase]:
    """Say on how many test sets no model at all does better than the best student."""
    words = section_words("finding")
    sentences = []
    for dictionary in (model.name for model in report.models.values() if model.role == "dictionary"):
        both = [ranking for ranking in report.plain if {dictionary, student.name} <= ranking.scores.keys()]
        ahead = [each for each in both if each.models.index(dictionary) < each.models.index(student.name)]
        if ahead:
            numbers = {"ahead": len(ahead), "number": len(both)}
            sentences.append(words["dictionary_better"].format(dictionary=dictionary, student=student.name, **numbers))
    return sentences


def _not_promoted(decision: Decision) -> Phrase:
    words = section_words("finding")
    tested = [each for each in decision.missing if each.claim is not None]
    if not tested:
        return words["not_tested"].format(student=decision.student, number=len(decision.missing))
    worst = max(tested, key=_shortfall)
    return words["not_promoted"].format(
        student=decision.student,
        missing=len(decision.missing),
        number=len(decision.evidence),
        shortfall=value(_shortfall(worst)),
        against=worst.against,
        on=_place(worst.measure),
    )


def _shortfall(evidence: Evidence) -> float:
    return evidence.claim.shortfall if evidence.claim else 0.0


def _place(measure: tuple[str, str, str, str]) -> str:
    return f"{measure[0]}, {readable(measure[1])}"


def _share_of_teacher(report: ReportData, student: Model, teacher: Model | None) -> Phrase:
    words = section_words("finding")
    if teacher is None or (of_student := retention(report, student.name, teacher.name, report.plain)) is None:
        return words["no_teacher"].format(student=_sized(student))
    others = [
        words["other_keeps"].format(model=words[role], share=_share(of_other))
        for role in ("control", "dictionary")
        for model in report.models.values()
        if model.role == role and (of_other := retention(report, model.name, teacher.name, report.plain)) is not None
    ]
    smaller = same("")
    if student.parameters and teacher.parameters:
        smaller = words["smaller"].format(times=times(teacher.parameters / student.parameters))
    return words["keeps"].format(
        student=student.name,
        teacher=teacher.name,
        share=_share(of_student),
        number=of_student.measures,
        smaller=smaller,
        others=words["others"].format(others=listed(others)) if others else same(""),
    )


def _share(of: Retention) -> Phrase:
    low, high = (f"{100 * number:.0f}" for number in (of.low, of.high))
    return section_words("finding")["share"].format(percent=percent(of.value), low=low, high=high)


def tell(artifacts: list[FinishedArtifact], models: dict[str, Model]) -> list[Phrase]:
    """Tell the experiment in a few sentences; what did not take place is left out."""
    sentences = (_corpus(artifacts), _distillation(models), _evaluation(artifacts, models))
    return [sentence for sentence in sentences if sentence]


def headlines(
    models: dict[str, Model], rankings: list[Ranking], speeds: list[TaskSpeed], *, student: Model | None = None
) -> list[tuple[Phrase | str, Phrase]]:
    """Give the figures to remember about a student, or the first: (figure, what it says)."""
    words = section_words("finding")
    student = student or next((model for model in models.values() if model.role == "student"), None)
    teacher = next((model for model in models.values() if model.role == "teacher"), None)
    if student is None:
        return []
    figures: list[tuple[Phrase | str, Phrase]] = []
    if student.parameters:
        figures.append((size(student.parameters), words["parameters_in"].format(student=student.name)))
    if teacher and student.parameters and teacher.parameters:
        fewer = _factor(teacher.parameters / student.parameters)
        figures.append((fewer, words["fewer_parameters"].format(teacher=teacher.name)))
    figures += _speed(student, teacher, speeds) if teacher else []
    first = {ranking.task: ranking for ranking in reversed(rankings) if student.name in ranking.scores}
    chosen = [ranking for ranking in rankings if first.get(ranking.task) is ranking]
    return [*figures, *(_score_with_teacher(ranking, student, teacher) for ranking in chosen)]


def _speed(student: Model, teacher: Model, speeds: list[TaskSpeed]) -> list[tuple[Phrase | str, Phrase]]:
    """Give how many times faster the student is on the longest texts, unless that is withheld."""
    ratio = speeds[0].ratio(student.name, teacher.name) if speeds else None
    if ratio is None or ratio.shown is None:
        return []
    text = section_words("finding")["faster"].format(
        teacher=teacher.name, rounds=speeds[0].how["rounds"], low=times(ratio.low), high=times(ratio.high)
    )
    return [(_factor(ratio.shown), text)]


def _factor(factor: float) -> Phrase:
    return decimal(f"{times(factor)}×")


def _score_with_teacher(ranking: Ranking, student: Model, teacher: Model | None) -> tuple[Phrase | str, Phrase]:
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
