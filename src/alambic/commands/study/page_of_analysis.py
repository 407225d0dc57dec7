"""The page of a study's analysis: tables and drawings with the parts of the report, one file that opens offline."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from alambic.commands.study.analysis_words import WORDS, compared, condition_name, measure_name, remarks
from alambic.errors import truncated
from alambic.stages.report import number_format
from alambic.stages.report.charts.axis import Axis, linear
from alambic.stages.report.charts.figure import figure
from alambic.stages.report.charts.panel import Panel
from alambic.stages.report.marks import mark
from alambic.stages.report.models import Model
from alambic.stages.report.number_format import count, probability, short, value
from alambic.stages.report.page import TEMPLATES as OF_REPORT
from alambic.stages.report.phrases import LANGUAGES, Phrase, same, section_words
from alambic.stages.report.tables import Column, Estimate, Row, Table
from alambic.studies.analysis import Analysis
from alambic.studies.results import Row as Result
from alambic.studies.trials import EXPLANATION, FALSE_EXPLANATION

TEMPLATES = Path(__file__).parent / "templates"
LONGEST = 14  # signs of a name under a drawing
DECISIONS = ("accuracy", "own_accuracy", "model_accuracy", "complementarity", "time")
RELIANCE = ("rair", "under_reliance", "rsr", "over_reliance", "agreement", "agreement_with_wrong")
HANDING = ("delegation", "delegated_accuracy", "delegation_gain", "substitution")
BIASES = ("confirmation", "anchoring", "automation_bias")
MODELS = ("changed_answers", "accuracy_mixed", "time_mixed")
DRAWN = ("accuracy", "over_reliance", "under_reliance", "time")


def render(analysis: Analysis, *, protocol: str) -> str:
    """Write the page as HTML."""
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(OF_REPORT)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["interval"] = number_format.interval
    return environment.get_template("study.html").render(
        words=WORDS,
        common=section_words("common"),
        models={},
        languages=LANGUAGES,
        protocol=WORDS["kicker"].format(protocol=protocol),
        style=Markup((OF_REPORT / "page.css").read_text(encoding="utf-8")),
        script=Markup((OF_REPORT / "page.js").read_text(encoding="utf-8")),
        who=who_took_part(analysis),
        read=WORDS["read"].format(confidence=short(100 * analysis.options.confidence)),
        **_parts(analysis),
    )


def number(estimate: float | None) -> Phrase | str:
    """Write a share or a difference of shares with three decimals, and what is larger with three digits."""
    return value(estimate) if estimate is None or abs(estimate) < 1 else short(estimate)


def who_took_part(analysis: Analysis) -> Phrase:
    """Count who counts, and who does not and why."""
    people = analysis.people
    reasons = {reason: people.excluded_for(reason) for reason in ("no_consent", "attention", "no_answers")}
    return WORDS["who_text"].format(
        included=len(people.included),
        trials=len(analysis.trials),
        items=len(analysis.trials.items),
        fewest=number_format.percent(people.fewest_passed),
        unfinished=people.unfinished,
        unknown=analysis.trials.unknown,
        **reasons,
    )


def _parts(analysis: Analysis) -> dict[str, Any]:
    rows = analysis.rows
    seconds = short(analysis.options.substitution_seconds)
    contrasts = [row for row in rows if row.contrast and row.measure in (*DECISIONS, *RELIANCE, *HANDING)]
    return {
        "decisions": _by_condition("decisions", analysis, DECISIONS, WORDS["decisions_caption"]),
        "reliance": _by_condition("reliance", analysis, RELIANCE, WORDS["reliance_caption"]),
        "handing": _by_condition("handing", analysis, HANDING, WORDS["handing_caption"].format(seconds=seconds)),
        "contrasts": _listed("contrasts", contrasts),
        "biases": _listed("biases", [row for row in rows if row.measure in BIASES]),
        "mediations": _listed("mediations", [row for row in rows if "mediat" in row.measure]),
        "second": _listed("models", [row for row in rows if row.measure in MODELS]),
        "drawings": figure([_drawn(analysis, name) for name in DRAWN if _has(analysis, name)], label=same("")),
        "sensitivity": _sensitivity(analysis),
    }


def _by_condition(name: str, analysis: Analysis, measures: Sequence[str], caption: Phrase) -> Table:
    """Give a row per measure and a column per condition."""
    conditions = analysis.trials.conditions
    columns = [Column("measure", WORDS["measure"], is_number=False)]
    columns += [Column(each, condition_name(each), number) for each in conditions]
    rows = []
    for measure in measures:
        found = {row.condition: row for row in analysis.rows if row.measure == measure and not row.contrast}
        if found:
            cells = [_cell(found.get(each) or found.get("")) for each in conditions]
            rows.append(Row([measure_name(next(iter(found.values()))), *cells]))
    return Table(f"study-{name}", columns, rows, caption)


def _cell(row: Result | None) -> Estimate | None:
    if row is None:
        return None
    return Estimate(row.estimate, row.low, row.high, note=remarks(row))


def _listed(name: str, results: Sequence[Result]) -> Table | None:
    """Give a row per result, with its p and what there is to remark."""
    if not results:
        return None
    columns = [
        Column("measure", WORDS["measure"], is_number=False),
        Column("comparison", WORDS["comparison"], is_number=False),
        Column("estimate", WORDS["estimate"], number),
        Column("p", WORDS["p"], probability),
        Column("corrected p", WORDS["corrected_p"], probability),
        Column("people", WORDS["people"], count),
        Column("items", WORDS["items"], count),
        Column("note", WORDS["note"], is_number=False),
    ]
    rows = [
        Row(
            [
                measure_name(row),
                compared(row),
                Estimate(row.estimate, row.low, row.high, best=row.is_shown) if row.estimate is not None else None,
                row.p,
                row.corrected_p,
                row.people,
                row.items,
                remarks(row),
            ]
        )
        for row in results
    ]
    return Table(f"study-{name}", columns, rows, WORDS[f"{name}_caption"])


def _has(analysis: Analysis, measure: str) -> bool:
    return any(row.measure == measure and not row.contrast and row.estimate is not None for row in analysis.rows)


def _of_condition(place: int, condition: str) -> Model:
    """Draw a condition as the report draws a model: by a colour and a mark of its own."""
    colour, shape, fill = mark("student", place)
    return Model(condition_name(condition).plain(), "student", colour, shape=shape, fill=fill)


def _drawn(analysis: Analysis, measure: str) -> Panel:
    """Draw a measure by condition."""
    found = [row for row in analysis.rows if row.measure == measure and not row.contrast and row.estimate is not None]
    values = [each for row in found for each in (row.estimate, row.low, row.high) if each is not None]
    is_time = measure == "time"
    unit, write = (WORDS["seconds_axis"], short) if is_time else (WORDS["share_axis"], value)
    axis = linear(values, unit, low=0.0) if is_time else linear([0, 1], unit, low=0.0, high=1.0)
    panel = Panel(measure_name(found[0]), x=_conditions(found), y=axis)
    for place, row in enumerate(found):
        assert row.estimate is not None
        model = _of_condition(analysis.trials.conditions.index(row.condition), row.condition)
        panel.point(place, row.estimate, model, low=row.low, high=row.high, tip=_tip(row, write))
    return panel


def _conditions(found: Sequence[Result]) -> Axis:
    """Place the conditions one beside the other, by names that are short enough for a drawing."""
    ticks = [(float(place), _short_name(row.condition)) for place, row in enumerate(found)]
    return Axis("", -0.5, len(found) - 0.5, ticks)


def _short_name(condition: str) -> Phrase:
    if condition.startswith(EXPLANATION):
        return same(truncated(condition.removeprefix(EXPLANATION), LONGEST))
    return WORDS["short_false_explanation"] if condition == FALSE_EXPLANATION else condition_name(condition)


def _tip(row: Result, write: Callable[[Any], Any]) -> Phrase:
    between = number_format.interval(write(row.low), write(row.high)) if row.low is not None else same("")
    return same("{name} {value} {between}").format(
        name=condition_name(row.condition), value=write(row.estimate), between=between
    )


def _sensitivity(analysis: Analysis) -> Markup:
    """Draw substitution by its threshold, a line for each condition."""
    of = [row for row in analysis.rows if row.measure == "substitution_at" and row.estimate is not None]
    if not of:
        return Markup("")
    thresholds = sorted({row.threshold for row in of if row.threshold is not None})
    highest = max((row.high or row.estimate or 0.0) for row in of)
    panel = Panel(
        WORDS["measure_substitution"],
        x=linear([0.0, *thresholds], WORDS["threshold_axis"], low=0.0),
        y=linear([0.0, max(highest, 0.05)], WORDS["share_axis"], low=0.0),
    )
    conditions = list(dict.fromkeys(row.condition for row in of))
    drawn = []
    for condition in conditions:
        rows = sorted((row for row in of if row.condition == condition), key=lambda row: row.threshold or 0.0)
        model = _of_condition(analysis.trials.conditions.index(condition), condition)
        points = [(row.threshold or 0.0, row.estimate or 0.0) for row in rows]
        panel.line(points, model, marks=True, tips=[_tip(row, value) for row in rows])
        drawn.append(model)
    return figure([panel], label=WORDS["drawn"].format(measure=WORDS["measure_substitution"]), models=drawn)
