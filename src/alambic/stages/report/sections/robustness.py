"""Scores and calibration under rising noise, and what each model loses beside its teacher."""

from typing import Any

from markupsafe import Markup

from alambic.stages.report.charts.axis import linear
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.number_format import decimal, percent, readable, value
from alambic.stages.report.phrases import Phrase, same, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.robustness import Against, Curve, against, curves_of, estimate
from alambic.stages.report.tables import Column, Estimate, Row, Table
from alambic.stages.report.unit_counts import higher_is_better

ORDER = 62
LEARNERS = ("student", "control")  # whose losses are set against the teacher's


def section(report: ReportData) -> dict[str, Any] | None:
    """Draw curves and gather losses; None where no test set has noise at several strengths."""
    curves = [curve for curve in curves_of(report.scores, report.resamples) if curve.model in report.models]
    if not curves:
        return None
    words = section_words("robustness")
    main = {ranking.task: ranking.metric for ranking in reversed(report.rankings)}
    quality = [curve for curve in curves if curve.metric == main[curve.task]]
    others = [curve for curve in curves if curve.metric != main[curve.task] and not higher_is_better(curve.metric)]
    return {
        "curves": _draw(report, quality, words["curves"]),
        "calibration": _draw(report, others, words["calibration"]),
        "losses": _losses(report, quality),
    }


def _draw(report: ReportData, curves: list[Curve], label: Phrase) -> Markup:
    """Draw a panel per test set, noise and metric, with the intervals of each strength."""
    words = section_words("robustness")
    panels = []
    for place in dict.fromkeys(curve.place for curve in curves):
        shown = sorted((curve for curve in curves if curve.place == place), key=lambda c: report.order.index(c.model))
        task, dataset, noise, metric = place
        everything = [end for curve in shown for score in curve.scores for end in (score.low, score.high)]
        x = linear([0, *shown[0].strengths], words["strength"], low=0, margin=0.02, write=lambda at: f"{at:g}")
        title = f"{readable(noise)}: {task}, {readable(dataset)}"
        panel = Panel(title, x=x, y=linear(everything, readable(metric)), task=task)
        for curve in shown:
            band = [(at, score.low, score.high) for at, score in zip(curve.strengths, curve.scores, strict=True)]
            points = [(at, score.value) for at, score in zip(curve.strengths, curve.scores, strict=True)]
            tip = same("{model}, {strength}: {score}")
            tips = [
                tip.format(model=curve.model, strength=decimal(f"{at:g}"), score=value(score)) for at, score in points
            ]
            panel.line(points, report.models[curve.model], band=band, marks=True, tips=tips)
        panels.append(panel)
    names = [name for name in report.order if any(curve.model == name for curve in curves)]
    return figure(panels, label=label, models=[report.models[name] for name in names])


def _losses(report: ReportData, curves: list[Curve]) -> Table:
    words, common = section_words("robustness"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("noise", words["noise"], is_number=False),
        Column("without noise", words["clean"], value),
        Column("area", words["area"], value),
        Column("loss", words["loss"], percent),
        Column("less teacher's", words["against_teacher"], percent),
        Column("verdict", words["verdict"], is_number=False),
    ]
    rows = []
    for curve in sorted(curves, key=lambda c: (c.place, report.order.index(c.model))):
        compared = _against_teacher(report, curve, curves)
        rows.append(
            Row(
                [
                    curve.model,
                    f"{curve.task}, {readable(curve.dataset)}: {readable(curve.noise)}",
                    curve.clean,
                    Estimate(*estimate(curve.area, curve.area_draws, confidence=report.confidence)),
                    Estimate(*estimate(curve.loss, curve.loss_draws, confidence=report.confidence)),
                    Estimate(compared.difference, compared.low, compared.high) if compared else None,
                    words[_verdict(compared)] if compared else None,
                ],
                curve.model,
                curve.task,
            )
        )
    caption = words["losses_caption"].format(percent=f"{report.confidence * 100:.0f}")
    return Table("robustness", columns, rows, caption, models=True)


def _against_teacher(report: ReportData, curve: Curve, curves: list[Curve]) -> Against | None:
    if report.teacher is None or report.models[curve.model].role not in LEARNERS:
        return None
    teachers = [other for other in curves if (other.model, other.place) == (report.teacher.name, curve.place)]
    return against(curve, teachers[0], confidence=report.confidence) if teachers else None


def _verdict(compared: Against) -> str:
    return "loses_no_more" if compared.is_shown else "loses_more" if compared.is_refuted else "undecided"
