"""What the experiment took of energy: by stage and by model, no joule twice; and what was expected of it."""

from typing import Any

from alambic.data.energy_ledger import Sum
from alambic.stages.report.energy_table import Ledger, read_ledger
from alambic.stages.report.forecasts import Expected, off, read_forecasts
from alambic.stages.report.number_format import duration, percent_to_a_tenth, short
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 68


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the ledger's tables; None where nothing was measured."""
    ledger = read_ledger(report.artifacts)
    if ledger.total.unknown == len(ledger.entries):
        return None
    forecasts = read_forecasts(report.artifacts)
    return {
        "total": short(ledger.total.kwh),
        "co2e": short(ledger.total.co2e_g),
        "failed": short(ledger.failed_kwh) if ledger.failed_kwh else "",
        "unknown": ledger.total.unknown,
        "methods": ledger.methods,
        "of_models": _models(report, ledger),
        "of_stages": _stages(ledger),
        "forecast": _forecast(forecasts) if forecasts else None,
    }


def _models(report: ReportData, ledger: Ledger) -> Table:
    words, common = section_words("energy"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("kWh", words["kwh"], short),
        Column("g CO2e", words["co2e_g"], short),
        Column("share", words["share"], percent_to_a_tenth),
    ]

    def row(name: Any, part: Sum, model: str = "") -> Row:
        share = part.kwh / ledger.total.kwh if ledger.total.kwh else 0.0
        return Row([name, part.kwh, part.co2e_g, share], model=model)

    names = sorted(ledger.models, key=lambda name: -ledger.models[name].kwh)
    rows = [row(name, ledger.models[name], name) for name in names]
    rows += [row(words["nobody"], ledger.unshared), row(words["all"], ledger.total)]
    return Table("energy-by-model", columns, rows, words["by_model"], models=True)


def _stages(ledger: Ledger) -> Table:
    words = section_words("energy")
    columns = [
        Column("stage", words["stage"], is_number=False),
        Column("kWh", words["kwh"], short),
        Column("share", words["share"], percent_to_a_tenth),
    ]
    whole = ledger.total.kwh or 1.0
    rows = [Row([stage, kwh, kwh / whole]) for stage, kwh in ledger.stages.items()]
    return Table("energy-by-stage", columns, rows, words["by_stage"])


def _forecast(forecasts: list[Expected]) -> Table:
    words = section_words("energy")
    columns = [
        Column("stage", words["stage"], is_number=False),
        Column("expected seconds", words["expected_time"], duration),
        Column("seconds", words["time"], duration),
        Column("off", words["off"], _signed),
        Column("expected kWh", words["expected_kwh"], short),
        Column("kWh", words["kwh"], short),
        Column("kWh off", words["off"], _signed),
    ]
    groups: dict[Any, list[Expected]] = {}
    for each in forecasts:
        groups.setdefault(each.stage, []).append(each)
    groups[words["all"]] = forecasts
    rows = []
    for name, of_stage in groups.items():
        before, took = sum(each.expected_seconds for each in of_stage), sum(each.seconds for each in of_stage)
        kwh_before, kwh = sum(each.expected_kwh for each in of_stage), sum(each.kwh for each in of_stage)
        rows.append(Row([name, before, took, off(before, took), kwh_before, kwh, off(kwh_before, kwh)]))
    return Table("forecast", columns, rows, words["forecast"])


def _signed(value: float) -> str:
    return f"{100 * value:+.0f}\u202f%".replace("-", "\u2212")
