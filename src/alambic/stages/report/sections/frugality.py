"""What each model is and takes, in single precision and in eight bits, the dictionary among them."""

from typing import Any

from alambic.stages.report.frugality import Frugality, frugality_table
from alambic.stages.report.number_format import count, decimal, percent_to_a_tenth, short, times
from alambic.stages.report.phrases import Phrase, same, section_words, separated
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 66


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather two tables per task; None where nothing was timed."""
    rows = frugality_table(report.artifacts, report.models, report.speeds)
    if not rows:
        return None
    tables = []
    for task in dict.fromkeys(row.task for row in rows):
        of_task = [row for row in rows if row.task == task]
        tables += [_sizes(task, of_task), _use(report, task, of_task)]
    unknown = list(dict.fromkeys(row.not_known for row in rows if row.not_known))
    flags = [flag for speed in report.speeds for flag in speed.how.get("cpu_flags", [])]
    return {"tables": tables, "unknown": unknown, "flags": ", ".join(dict.fromkeys(flags))}


def _sizes(task: str, rows: list[Frugality]) -> Table:
    words, common = section_words("frugality"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("form", words["form"], is_number=False),
        Column("parameters", words["parameters"], count),
        Column("embedding parameters", words["embedding"], count),
        Column("other parameters", words["other"], count),
        Column("MFLOP per token", words["flop"], short),
        Column("disk MB", words["disk"], short),
        Column("memory MB", words["memory"], short),
        Column("same answers", words["same"], percent_to_a_tenth),
        Column("scores of int8", words["scores"], is_number=False),
    ]
    cells = [
        Row(
            [
                row.model,
                _form(row),
                row.parameters,
                row.embedding_parameters,
                row.other_parameters,
                None if row.flop_per_token is None else row.flop_per_token / 1e6,
                row.disk_mb,
                row.memory_mb,
                row.same_answers,
                _scores(row.scores),
            ],
            model=row.model,
            task=task,
        )
        for row in rows
    ]
    return Table(f"sizes-{task}", columns, cells, words["sizes"].format(task=task), models=True)


def _use(report: ReportData, task: str, rows: list[Frugality]) -> Table:
    words, common = section_words("frugality"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("form", words["form"], is_number=False),
        Column("words/s of a core", words["words_per_second"], count),
        Column("times the teacher", words["times"], times),
        Column("p50 ms", words["p50"], short),
        Column("p95 ms", words["p95"], short),
        Column("Wh per 1000 texts", words["wh"], short),
        Column("g CO2e per 1000 texts", words["co2e"], short),
        Column("kWh to make", words["making"], short),
        Column("texts to break even", words["break_even"], count),
    ]
    cells = [
        Row(
            [
                row.model,
                _form(row),
                Estimate(row.words_per_second, row.words_low, row.words_high, note=_why(row.withheld)),
                _known(row.times_faster, row.times_faster_withheld),
                _known(row.latency_p50_ms, row.latency_p50_withheld),
                _known(row.latency_p95_ms, row.latency_p95_withheld),
                _known(row.wh_per_1000_texts, row.withheld),
                _known(row.co2e_g_per_1000_texts, row.withheld),
                row.making_kwh,
                row.break_even_texts,
            ],
            model=row.model,
            task=task,
        )
        for row in rows
    ]
    return Table(f"use-{task}", columns, cells, words["use"].format(task=task), models=True)


def _form(row: Frugality) -> Phrase:
    words = section_words("frugality")
    return {"fp32": words["fp32"], "int8": words["int8"]}.get(row.form, words["dictionary"])


def _scores(text: str) -> Phrase | None:
    """Write the scores of `Frugality.scores`; names of data stay as they are."""
    parts = [part.rpartition(": ") for part in text.split("; ") if part]
    shown = [same("{name}: {scores}").format(name=name, scores=decimal(scores)) for name, _, scores in parts]
    return separated(shown) if shown else None


def _known(number: float | None, withheld: str) -> Any:
    """Show a number, or why it is withheld."""
    return _why(withheld) if withheld and number is None else number


def _why(withheld: str) -> Any:
    return section_words("frugality")["withheld"].format(why=withheld) if withheld else ""
