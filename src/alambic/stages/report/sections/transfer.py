"""The gain of transfer: scores against the share of the training data, and what learnt weights are worth at each."""

from typing import Any

from markupsafe import Markup

from alambic.stages.report.charts.axis import linear, logarithmic
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.number_format import count, decimal, probability, readable, signed, value
from alambic.stages.report.phrases import Phrase, Words, listed, same, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table
from alambic.stages.report.transfer import Curve, Gain, Start, Tasks

ORDER = 35
SIGNS = {"better": "▲", "worse": "▼", "open": "≈", "refused": "–", "few": "?"}
STARTS = {"scratch": "start_scratch", "pretrained": "start_pretrained", "distilled": "start_distilled"}
NO_FAMILY = ("dictionary", "predictions")  # what has no weights stands on every drawing


def section(report: ReportData) -> dict[str, Any] | None:
    """Draw curves and gather scores and differences; None where no tasks differ by their share alone."""
    curves, gains, starts = report.transfer.curves, report.transfer.gains, report.transfer.starts
    if not curves:
        return None
    words = section_words("transfer")
    of_place: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        of_place.setdefault((curve.tasks.name, curve.dataset), []).append(curve)
    return {
        "sentences": [sentence for gain in gains for sentence in _sentences(gain, starts, words)],
        "curves": _draw(report, of_place, words),
        "scores": [_scores(report, of, starts, words) for of in of_place.values()],
        "gains": [_gains(report, of) for place in of_place if (of := _of_place(gains, place))],
        "signs": SIGNS,
        "tested": sum(len(gain.by_share) for gain in gains),
    }


def _of_place(gains: list[Gain], place: tuple[str, str]) -> list[Gain]:
    return [gain for gain in gains if (gain.tasks.name, gain.dataset) == place]


def _draw(report: ReportData, of_place: dict[tuple[str, str], list[Curve]], words: Words) -> Markup:
    """Draw a panel per test set and family of models, all of a test set to the same scale."""
    panels = []
    for (task, dataset), curves in of_place.items():
        ends = [end for curve in curves for score in curve.scores.values() for end in (score.low, score.high)]
        shares = list(curves[0].scores)
        x = logarithmic(shares, words["share"], write=_percent)
        y = linear(ends, readable(curves[0].metric))
        family_of = {curve.model: report.models[curve.model].family for curve in curves}
        families = list(dict.fromkeys(family for family in family_of.values() if family not in NO_FAMILY))
        for family in families or [""]:
            title = ": ".join(readable(part) for part in (family, dataset) if part)
            panel = Panel(title, x=x, y=y, task=task)
            for curve in curves:
                if family_of[curve.model] in (family, *NO_FAMILY):
                    _add(panel, curve, report)
            panels.append(panel)
    shown = {curve.model for curves in of_place.values() for curve in curves}
    return figure(
        panels, label=words["curves"], models=[report.models[name] for name in report.models if name in shown]
    )


def _add(panel: Panel, curve: Curve, report: ReportData) -> None:
    points = [(share, score.value) for share, score in curve.scores.items()]
    band = [(share, score.low, score.high) for share, score in curve.scores.items()]
    tip = same("{model}, {share} ({texts}): {score}")
    tips = [
        tip.format(model=curve.model, share=_percent(at), texts=_texts(curve.tasks, at), score=value(score))
        for at, score in points
    ]
    panel.line(points, report.models[curve.model], band=band, marks=True, tips=tips)


def _scores(report: ReportData, curves: list[Curve], starts: dict[str, Start], words: Words) -> Table:
    common = section_words("common")
    first = curves[0]
    columns = [
        Column("model", common["model"], is_number=False),
        Column("begins with", words["begins"], is_number=False),
        *(
            Column(f"{share:g}", words["learnt"].format(share=_percent(share), texts=_texts(first.tasks, share)))
            for share in first.scores
        ),
    ]
    best = {share: max(curves, key=lambda curve: curve.scores[share].value) for share in first.scores}
    rows = [
        Row(
            [
                curve.model,
                words[STARTS[starts[curve.model]]] if curve.model in starts else words["start_none"],
                *(
                    Estimate(score.value, score.low, score.high, best=best[share] is curve)
                    for share, score in curve.scores.items()
                ),
            ],
            curve.model,
            first.tasks.name,
        )
        for curve in curves
    ]
    caption = words["scores_caption"].format(
        metric=readable(first.metric), dataset=readable(first.dataset), percent=f"{report.confidence * 100:.0f}"
    )
    return Table(f"transfer-{first.tasks.name}-{first.dataset}", columns, rows, caption, models=True)


def _gains(report: ReportData, gains: list[Gain]) -> Table:
    words = section_words("transfer")
    first = gains[0]
    columns = [Column("pair", words["pair"], is_number=False)]
    columns += [Column(f"{share:g}", _percent(share), signed) for share in first.by_share]
    rows = [
        Row(
            [f"{gain.model} − {gain.scratch}", *(_cell(gain, share) for share in gain.by_share)],
            f"{gain.model} {gain.scratch}",
            first.tasks.name,
        )
        for gain in gains
    ]
    caption = words["gains_caption"].format(
        metric=readable(first.metric), dataset=readable(first.dataset), percent=f"{report.confidence * 100:.0f}"
    )
    return Table(f"gain-{first.tasks.name}-{first.dataset}", columns, rows, caption)


def _cell(gain: Gain, share: float) -> Estimate:
    found = gain.by_share[share]
    sign = SIGNS[found.outcome]
    if found.outcome == "refused":
        return Estimate(None, mark=sign, note=found.refused)
    note = same("p {p}, {corrected}").format(p=probability(found.p), corrected=probability(found.corrected_p))
    best = found.outcome in ("better", "worse")
    return Estimate(found.difference, found.low, found.high, best=best, mark=sign, note=note)


def _sentences(gain: Gain, starts: dict[str, Start], words: Words) -> list[Phrase]:
    """Say at which shares a model is better than from scratch, worse, or neither; nothing where none was tested."""
    parts = []
    for outcome in ("better", "worse", "open", "few"):
        if shares := gain.shares(outcome):
            at = listed([_of_share(gain, share, outcome) for share in shares])
            parts.append(words[outcome].format(shares=at))
    if not parts:
        return []
    begun = words["sentence"].format(
        model=gain.model,
        start=words[STARTS[starts[gain.model]]],
        scratch=gain.scratch,
        dataset=readable(gain.dataset),
        found=_joined(parts),
    )
    return [begun]


def _of_share(gain: Gain, share: float, outcome: str) -> Phrase:
    if outcome in ("open", "few"):
        return _percent(share)
    return same("{share} ({difference})").format(
        share=_percent(share), difference=signed(gain.by_share[share].difference)
    )


def _joined(parts: list[Phrase]) -> Phrase:
    return Phrase(**{language: "; ".join(str(part.texts[language]) for part in parts) for language in parts[0].texts})


def _texts(tasks: Tasks, share: float) -> str:
    return count(tasks.texts[share])


def _percent(share: float) -> Phrase:
    return decimal(f"{100 * share:g}\u202f%")
