"""What forbids to rely on a score, said before the scores."""

from collections.abc import Iterator
from typing import Any

from alambic.stages.report.chance import chance
from alambic.stages.report.number_format import readable, value
from alambic.stages.report.phrases import Phrase, listed, section_words
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData

ORDER = 20
FEW = 100  # test examples below which an interval is wide


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the alarms; None where nothing was scored or nothing is to be said."""
    kinds = (_synthetic, _of_chance, _one_seed, _few_examples, _leaks, _one_distillation)
    alarms = [alarm for kind in kinds for alarm in kind(report)]
    return {"alarms": alarms} if alarms and report.shown else None


def _synthetic(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    tasks = list(dict.fromkeys(score.task for score in report.scores if score.synthetic))
    if tasks:
        yield words["synthetic_texts"], words["synthetic"].format(tasks=listed(tasks))


def _of_chance(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    answers = {(each.model, each.task, each.dataset): each for each in report.answers}
    for ranking in report.shown:
        at_chance = {}
        for name, score in ranking.scores.items():
            of = answers.get((name, ranking.task, ranking.dataset))
            level = chance(ranking.metric, of) if of else None
            if level is not None and score.low <= level:
                at_chance[name] = level
        if at_chance:
            reached = value(max(at_chance.values()))
            text = words["chance"].format(models=listed(list(at_chance)), on=_named(ranking), level=reached)
            yield words["at_chance"], text


def _one_seed(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    seeds: dict[str, set[int]] = {}
    for artifact in report.of_stage("predict"):
        model = artifact.item.partition("/")[0]
        if report.models[model].role not in ("dictionary", "predictions"):
            seeds.setdefault(model, set()).update(artifact.manifest.settings.get("seeds", []))
    alone = [model for model, of in seeds.items() if len(of) == 1]
    if alone:
        yield words["one_seed"], words["seed"].format(models=listed(alone))


def _few_examples(report: ReportData) -> Iterator[tuple[Phrase, Phrase]]:
    words = section_words("alarms")
    numbers = {(each.task, each.dataset): len(each.ids) for each in report.answers}
    for ranking in report.plain:
        number = numbers.get((ranking.task, ranking.dataset), FEW)
        if number < FEW:
            yield words["few_examples"], words["few"].format(on=_named(ranking), number=number)


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
