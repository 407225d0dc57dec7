"""The scores of every model, with intervals, and quality against size."""

from typing import Any

from alambic.stages.report import quality_and_size
from alambic.stages.report.models import few_shot_of
from alambic.stages.report.number_format import count, percent, readable, size, value
from alambic.stages.report.phrases import Phrase, listed, section_words
from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.retention import retention
from alambic.stages.report.tables import Column, Estimate, Row, Table
from alambic.stages.report.unit_counts import higher_is_better

ORDER = 30


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the tables of scores and the drawing; None where nothing was scored."""
    if not report.shown:
        return None
    words = section_words("results")
    return {
        "results": _results(report),
        "shares": _shares(report),
        "every": _every_measure(report),
        "prompted": _prompted(report),
        "silver": any(ranking.silver for ranking in report.shown),
        "quality": quality_and_size.draw(
            report, parameters=section_words("common")["parameters"], front=words["front"], label=words["quality"]
        ),
    }


def _prompted(report: ReportData) -> Phrase | None:
    """Name the rows of models that were not trained, each with the examples that it is shown; None without any."""
    words, rows = section_words("results"), []
    for name in report.order:
        if (few_shot := few_shot_of(name, report.artifacts)) is not None:
            rows.append(words["with_shots"].format(model=name, shots=few_shot["shots"]))
    return words["prompted_is"].format(models=listed(rows)) if rows else None


def _results(report: ReportData) -> Table:
    words, common = section_words("results"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("parameters", common["parameters"], size),
        Column("without embeddings", words["without_embeddings"], size),
        *([Column("words/s", words["speed"], count)] if report.speeds else []),
        *(_column(ranking) for ranking in report.shown),
    ]
    rows = [
        Row([*_described(report, name), *(_estimate(ranking, name) for ranking in report.shown)], model=name)
        for name in report.order
    ]
    percent = f"{report.confidence * 100:.0f}"
    return Table("results", columns, rows, words["caption"].format(percent=percent), models=True)


def _described(report: ReportData, name: str) -> list[Any]:
    model = report.models[name]
    without = None
    if model.parameters and model.embedding_parameters:
        without = model.parameters - model.embedding_parameters
    speed: Any = None
    if model.speed is not None:
        speed = section_words("common")["withheld"] if model.speed.withheld else model.speed.median
    return [name, model.parameters, without, *([speed] if report.speeds else [])]


def _shares(report: ReportData) -> Table | None:
    """Divide every score by the teacher's; None without a teacher."""
    words, common, teacher = section_words("results"), section_words("common"), report.teacher
    if teacher is None:
        return None
    groups = [report.plain, *([ranking] for ranking in report.shown)]
    columns = [Column("model", common["model"], is_number=False), Column("mean", words["mean"], percent)]
    columns += [
        Column(_column(ranking).name, _measure(ranking), percent, task=ranking.task) for ranking in report.shown
    ]
    rows = []
    for name in report.order:
        shares = [retention(report, name, teacher.name, group) for group in groups if name != teacher.name]
        if any(shares):
            rows.append(
                Row([name, *(Estimate(of.value, of.low, of.high) if of else None for of in shares)], model=name)
            )
    caption = words["shares_caption"].format(teacher=teacher.name)
    return Table("share-of-the-teacher", columns, rows, caption, models=True) if rows else None


def _every_measure(report: ReportData) -> Table:
    words, common = section_words("results"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("task", words["measure"], is_number=False),
        Column("score", words["score"], value),
        Column("share of the best", words["of_best"], value),
    ]
    rows = []
    for ranking in report.rankings:
        best = next(iter(ranking.scores.values())).value
        is_share = higher_is_better(ranking.metric)
        for name, score in ranking.scores.items():
            shown = _estimate(ranking, name)
            rows.append(
                Row(
                    [name, _measure(ranking), shown, score.value / best if best and is_share else None],
                    name,
                    ranking.task,
                )
            )
    return Table("every-measure", columns, rows, models=True)


def _column(ranking: Ranking) -> Column:
    name = f"{ranking.task} {ranking.dataset} {ranking.metric}"
    return Column(name, _measure(ranking), value, task=ranking.task)


def _measure(ranking: Ranking) -> Phrase | str:
    words = f"{ranking.task}, {readable(ranking.dataset)}, {readable(ranking.metric)}"
    return f"{words} (silver)" if ranking.silver and "silver" not in ranking.dataset else words


def _estimate(ranking: Ranking, name: str) -> Estimate | None:
    score = ranking.scores.get(name)
    if score is None:
        return None
    return Estimate(score.value, score.low, score.high, best=ranking.models[0] == name)
