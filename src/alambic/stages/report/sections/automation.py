"""Which share a machine may answer alone at each risk, for which groups, and what the guarantee says."""

from dataclasses import replace
from typing import Any

from markupsafe import Markup

from alambic.stages.report.automation import Automation, read_automation
from alambic.stages.report.charts.axis import linear
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.marks import DASHES
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import count, decimal, readable
from alambic.stages.report.phrases import Phrase, Words, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 63
GREY = "#7a7a7a"
# The words for each score by which units are ordered; another is shown as it is called.
SCORES = ("combined", "probability", "sequence_probability", "margin")
WARNINGS = {"too_few": "excluded_few", "too_risky": "excluded_risky", "": "included"}


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather sentences, a curve and tables for each calibration; None where there is none."""
    words = section_words("automation")
    found = [
        {
            "name": each.name,
            "sentence": _sentence(each, words),
            "guarantee": _guarantee(each, words),
            "curve": _curve(report.models[each.system], each, words),
            "legend": [
                (_sample(line), _score(name, words)) for name, line in _lines(report.models[each.system], each).items()
            ],
            "tables": [table for table in _tables(each, words) if table.rows],
        }
        for each in read_automation(report.artifacts)
    ]
    return {"found": found} if found else None


def _sentence(each: Automation, words: Words) -> Phrase:
    main = each.main
    key = "automated" if main["automated"] else "nothing"
    return words[key].format(
        system=each.system,
        task=readable(each.task),
        share=_percent(main["coverage"]),
        risk=_percent(main["alpha"]),
        hours=f"{main['hours_per_1000']:.0f}",
        minutes=decimal(f"{each.content['minutes']:g}"),
    )


def _guarantee(each: Automation, words: Words) -> Phrase:
    return words["guarantee"].format(
        confidence=_percent(each.content["confidence"]), units=count(each.content["units"]["calibration"])
    )


def _lines(model: Model, each: Automation) -> dict[str, Model]:
    """Give each score the colour and the dash of its line; only the combined one has the colour of the model."""
    return {
        name: replace(model, colour=model.colour if place == 0 else GREY, dash=DASHES[place])
        for place, name in enumerate(each.scores)
    }


def _sample(line: Model) -> Markup:
    dash = Markup(' stroke-dasharray="{}"').format(line.dash) if line.dash else ""
    return Markup(
        '<svg class="sample" viewBox="-15 -6 30 12" aria-hidden="true"><path d="M-15,0H15" stroke="{}" '
        'stroke-width="1.8"{}/></svg>'
    ).format(line.colour, dash)


def _curve(model: Model, each: Automation, words: Words) -> Markup:
    """Draw risk against coverage: of the combined confidence, and of what the model says of itself."""
    highest = max(risk for score in each.scores.values() for _, risk in score["curve"])
    y = linear([0, highest], words["risk"], low=0, write=lambda at: f"{100 * at:g}")
    x = linear([0, 1], words["coverage"], low=0, high=1, margin=0, write=lambda at: f"{100 * at:g}")
    panel = Panel(readable(each.name), x=x, y=y, task=each.task)
    for name, line in _lines(model, each).items():
        panel.line([(coverage, risk) for coverage, risk in each.scores[name]["curve"]], line)
    for risk in each.content["risks"]:
        panel.guide([(0, risk["alpha"]), (1, risk["alpha"])], tip=_percent(risk["alpha"]))
    return figure([panel], label=words["figure"])


def _tables(each: Automation, words: Words) -> list[Table]:
    return [
        _risks(each, words),
        _scores(each, words),
        _groups(each, words),
        _sets(each, words),
        _drift(each, words),
    ]


def _risks(each: Automation, words: Words) -> Table:
    columns = [
        Column("risk", words["allowed"], _percent),
        Column("coverage", words["share"], _percent),
        Column("wrong", words["wrong"], _percent),
        Column("hours per 1000", words["hours"], lambda hours: decimal(f"{hours:.1f}")),
        Column("exceeded", words["exceeded"], _percent),
        Column("mean coverage", words["mean_coverage"], _percent),
        Column("oracle", words["oracle"], _percent),
        Column("plain exceeded", words["plain_exceeded"], _percent),
    ]
    method, plain = (each.resampled(name) for name in (each.content["method"], "plain"))
    rows = []
    for risk in each.content["risks"]:
        drawn, without = method.get(risk["alpha"], {}), plain.get(risk["alpha"], {})
        cells = [
            risk["alpha"],
            risk["coverage"],
            Estimate(risk["risk"], 0.0, risk["upper"]) if risk["automated"] else None,
            risk["hours_per_1000"],
            drawn.get("exceeded"),
            drawn.get("coverage"),
            drawn.get("oracle"),
            without.get("exceeded"),
        ]
        rows.append(Row(cells, each.system, each.task))
    caption = words["risks_caption"].format(resamples=count(each.content["resamples"]), method=each.content["method"])
    return Table(f"automation-{each.name}", columns, rows, caption)


def _scores(each: Automation, words: Words) -> Table:
    main = f"{each.content['main_risk']:g}"
    columns = [
        Column("score", words["score"], is_number=False),
        Column("AURC", "AURC", lambda area: decimal(f"{area:.4f}")),
        Column("excess AURC", words["excess"], lambda area: decimal(f"{area:.4f}")),
        Column("coverage at the same risk", words["same_risk"], _percent),
    ]
    rows = [
        Row(
            [_score(name, words), score["aurc"], score["excess_aurc"], score["at_realised_risk"][main]],
            each.system,
            each.task,
        )
        for name, score in each.scores.items()
    ]
    calibrated = each.content["calibrated"]
    caption = words["scores_caption"].format(
        brier=decimal(f"{calibrated['brier']:.4f}"), mean=decimal(f"{calibrated['brier_of_the_mean']:.4f}")
    )
    return Table(f"confidence-{each.name}", columns, rows, caption)


def _groups(each: Automation, words: Words) -> Table:
    columns = [
        Column("group", readable(each.content["grouped_by"]), is_number=False),
        Column("units", words["units"], count),
        Column("coverage", words["share"], _percent),
        Column("wrong", words["wrong"], _percent),
        Column("own coverage", words["own_share"], _percent),
        Column("own guarantee", words["own"], is_number=False),
    ]
    main = each.main
    rows = [
        Row(
            [
                readable(group["group"]),
                group["units"],
                group["coverage"],
                Estimate(group["risk"], 0.0, group["upper"]) if group["automated"] else None,
                group["own_coverage"] if not group["excluded"] else None,
                words[WARNINGS[group["excluded"]]].format(units=group["calibration_units"], needed=main["needed"]),
            ],
            each.system,
            each.task,
        )
        for group in main["groups"]
    ]
    caption = words["groups_caption"].format(risk=_percent(main["alpha"]))
    return Table(f"automation-groups-{each.name}", columns, rows, caption)


def _sets(each: Automation, words: Words) -> Table:
    columns = [
        Column("group", readable(each.content["grouped_by"]) or words["all"], is_number=False),
        Column("examples", words["examples"], count),
        Column("labels", words["labels"], lambda size: decimal(f"{size:.1f}")),
        Column("holds the right ones", words["covered"], _percent),
        Column("open", words["open"], _percent),
    ]
    rows = [
        Row([readable(row["group"]) or words["all"], row["examples"], row["mean_size"], row["covered"], row["open"]])
        for row in each.content["sets"]
    ]
    caption = words["sets_caption"].format(confidence=_percent(each.content["set_confidence"]))
    return Table(f"shown-{each.name}", columns, rows, caption)


def _drift(each: Automation, words: Words) -> Table:
    columns = [
        Column("units", words["of_units"], is_number=False),
        Column("coverage", words["share"], _percent),
        Column("wrong", words["wrong"], _percent),
        Column("alarm", words["alarm"], is_number=False),
    ]
    named: list[tuple[Phrase | str, dict[str, Any]]]
    named = [(words["next"].format(before=row["from"], after=row["to"]), row) for row in each.content["periods"]]
    named += [(readable(row["test_set"]), row) for row in each.content["noise"]]
    rows = [
        Row(
            [
                name,
                row["coverage"],
                Estimate(row["risk"], 0.0, row["upper"]) if row["automated"] else None,
                words["no_alarm"] if row["alarm_after"] is None else words["after"].format(units=row["alarm_after"]),
            ],
            each.system,
            each.task,
        )
        for name, row in named
    ]
    caption = words["drift_caption"].format(risk=_percent(each.content["main_risk"]))
    return Table(f"drift-{each.name}", columns, rows, caption)


def _score(name: str, words: Words) -> Phrase | str:
    return words[name] if name in SCORES else readable(name)


def _percent(share: float) -> Phrase:
    return decimal(f"{100 * share:.3g}\u202f%")
