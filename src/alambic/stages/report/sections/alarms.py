"""What forbids to rely on a score, said before the scores."""

from collections.abc import Iterator
from typing import Any

from alambic.stages.report.chance import models_at_chance
from alambic.stages.report.number_format import readable, value
from alambic.stages.report.phrases import Phrase, listed, section_words
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData
from alambic.statistics.bootstrap import number_units

ORDER = 20
FEW = 100  # test units below which an interval is wide
# What `predict` counts of models that write, by its names, over all seeds and parts. No answer may be a right one.
ODD = (
    "outputs_without_end",
    "empty_texts",
    "texts_longer_than_read",
    "answers_that_cannot_be_read",
    "targets_longer_than_written",
    "targets_that_the_tokenizer_cannot_write",
    "entities_not_placed",
    "lists_longer_than_written",
    "entities_across_windows",
    "entities_placed_elsewhere",
)


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the alarms; None where nothing was to be scored or nothing is to be said."""
    kinds = (_synthetic, _missing, _untested, _of_chance, _one_seed, _few_units, _odd, _leaks, _one_distillation)
    alarms = [alarm for kind in kinds for alarm in kind(report)]
    return {"alarms": alarms} if alarms and (report.shown or report.of_stage("evaluate")) else None


def _missing(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    """Systems that were to be scored and were not, and answers that are not there."""
    words = section_words("alarms")
    evaluated = {artifact.item: artifact for artifact in report.of_stage("evaluate")}
    scored = {(score.model, score.task) for score in report.scores}
    lacking: dict[str, list[str]] = {}
    for item in dict.fromkeys([*evaluated, *(artifact.item for artifact in report.of_stage("predict"))]):
        model, _, task = item.partition("/")
        if (model, task) not in scored:
            lacking.setdefault(task, []).append(model)
    for ranking in report.shown:
        others = {model for model, task in scored if task == ranking.task} - ranking.scores.keys()
        for model in sorted(others):
            left_out = evaluated[f"{model}/{ranking.task}"].facts.get("without_probabilities", [])
            if ranking.metric not in left_out:
                lacking.setdefault(_named(ranking), []).append(model)
    for place, models in lacking.items():
        yield words["missing"], words["no_score"].format(models=listed(models), on=place)
    unanswered = [artifact.item for artifact in report.of_stage("predict") if artifact.tested is None]
    if unanswered:
        yield words["no_answers"], words["answers"].format(items=listed(unanswered))


def _untested(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    """Claims of a promotion that no score could show or refute, by the reason."""
    words = section_words("alarms")
    refused: dict[tuple[str, str], list[str]] = {}
    for decision in report.promotion.decisions if report.promotion else ():
        for each in decision.evidence:
            if each.refused:
                on = ", ".join(readable(part) for part in each.measure[:2] if part)
                refused.setdefault((on, each.refused), []).append(each.student)
    for (on, reason), students in refused.items():
        text = words["claims"].format(students=listed([*dict.fromkeys(students)]), on=on, reason=reason)
        yield words["untested"], text


def _synthetic(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    tasks = list(dict.fromkeys(score.task for score in report.scores if score.synthetic))
    if tasks:
        yield words["synthetic_texts"], words["synthetic"].format(tasks=listed(tasks))


def _of_chance(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    for ranking in report.shown:
        if at_chance := models_at_chance(report, ranking):
            reached = value(max(at_chance.values()))
            text = words["chance"].format(models=listed(list(at_chance)), on=_named(ranking), level=reached)
            yield words["at_chance"], text


def _one_seed(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    seeds: dict[str, set[int]] = {}
    for artifact in report.of_stage("predict"):
        model = artifact.item.partition("/")[0]
        if report.models[model].role not in ("dictionary", "predictions", "prompted"):
            seeds.setdefault(model, set()).update(artifact.manifest.settings.get("seeds", []))
    alone = [model for model, of in seeds.items() if len(of) == 1]
    if alone:
        yield words["one_seed"], words["seed"].format(models=listed(alone))


def _few_units(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    numbers = {(each.task, each.dataset): len(set(number_units(each.units))) for each in report.answers}
    for ranking in report.plain:
        number = numbers.get((ranking.task, ranking.dataset), FEW)
        if number < FEW:
            yield words["few_units"], words["few"].format(on=_named(ranking), number=number)


def _odd(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    """What models that write did not read or end, and what they cannot write."""
    words = section_words("alarms")
    for name in ODD:
        counts = {artifact.item: artifact.facts.get(name, 0) for artifact in report.of_stage("predict")}
        if models := [f"{item} ({number})" for item, number in counts.items() if number]:
            yield words["odd"], words[name].format(models=listed(models))


def _leaks(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    open_ = [each.item for each in report.of_stage("clean") if each.facts.get("decontamination", {}).get("off")]
    if open_:
        yield words["not_decontaminated"], words["leak"].format(corpora=listed(open_))


def _one_distillation(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    """Students that differ in their seed alone are several distillations of one."""
    words = section_words("alarms")
    by_recipe: dict[str, list[str]] = {}
    for artifact in report.of_stage("distill"):
        recipe = {key: each for key, each in artifact.manifest.identity.items() if key != "seed"}
        inputs = artifact.manifest.inputs
        by_recipe.setdefault(str((recipe, inputs)), []).append(artifact.item)
    alone = [names[0] for names in by_recipe.values() if len(names) == 1]
    if alone:
        yield words["one_distillation"], words["distillation"].format(models=listed(alone))


def _named(ranking: Ranking) -> str:
    return f"{ranking.task}, {readable(ranking.dataset)}"
