"""Why models answer as they do: what explanations are worth, how they vary, and texts with words coloured."""

from typing import Any

from alambic.stages.report.coloured_words import coloured
from alambic.stages.report.explanations import ExplainedText, Explanations, read_explanations
from alambic.stages.report.marked_text import LONGEST
from alambic.stages.report.number_format import count, decimal, percent, readable
from alambic.stages.report.phrases import Phrase, Words, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 56
MOST = 12  # texts of an item that are shown
BETTER = "▲"


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather sentences, tables and texts of each item; None where nothing was explained."""
    words = section_words("explanations")
    found = [
        {
            "name": each.name,
            "task": each.task,
            "sentences": [_sentence(each, one, words) for one in each.content["recommended"]],
            "left_out": [
                words["left_out"].format(system=system, why=why) for system, why in each.content["left_out"].items()
            ],
            "tables": [_measures(each, system, words) for system in _systems(each)],
            "variation": _variation(each, words),
            "texts": [_shown(text) for text in each.texts[:MOST]] if each.task in report.settings.texts else None,
        }
        for each in read_explanations(report.artifacts)
    ]
    return {"found": found} if found else None


def _systems(each: Explanations) -> list[str]:
    return [*dict.fromkeys(row["system"] for row in each.content["measures"])]


def _sentence(each: Explanations, recommended: dict[str, Any], words: Words) -> Phrase:
    if not recommended["method"]:
        return words["none"].format(system=recommended["system"], measures=recommended["measures"])
    return words["recommended"].format(
        system=recommended["system"],
        method=readable(recommended["method"]),
        beaten=recommended["beaten"],
        measures=recommended["measures"],
        rank=decimal(f"{recommended['mean_rank']:.1f}"),
        candidates=recommended["candidates"],
    )


def _measures(each: Explanations, system: str, words: Words) -> Table:
    """Lay out one model: a row for each method, a column for each measure, and the seconds."""
    own = [row for row in each.content["measures"] if row["system"] == system]
    measures = {row["measure"]: row["better"] for row in own}
    seconds = {row["method"]: row["seconds"] for row in each.content["seconds"] if row["system"] == system}
    columns = [Column("method", words["method"], is_number=False)]
    titles = {"higher": words["higher"], "lower": words["lower"]}
    columns += [Column(name, titles[better].format(measure=readable(name))) for name, better in measures.items()]
    columns.append(Column("per second", words["per_second"], lambda number: decimal(f"{number:.3g}")))
    by_cell = {(row["method"], row["measure"]): row for row in own}
    rows = []
    for method in dict.fromkeys(row["method"] for row in own):
        cells: list[Any] = [readable(method)]
        for measure in measures:
            row = by_cell.get((method, measure))
            mark = BETTER if row is not None and row["beats_random"] else ""
            cells.append(None if row is None else Estimate(row["value"], row["low"], row["high"], mark=mark))
        rows.append(Row([*cells, 1 / seconds[method] if seconds.get(method) else None], system, each.task))
    caption = words["measures_caption"].format(system=system, texts=count(max((r["texts"] for r in own), default=0)))
    return Table(f"explanations-{each.name}-{system}", columns, rows, caption)


def _variation(each: Explanations, words: Words) -> Table:
    kinds = ("methods", "method_seeds", "model_seeds", "systems", "int8", "perturbation")
    varies = {kind: words[kind] for kind in kinds}
    columns = [
        Column("varies", words["varies"], is_number=False),
        Column("method", words["method"], is_number=False),
        Column("first", words["first"], is_number=False),
        Column("second", words["second"], is_number=False),
        Column("spearman", words["spearman"], lambda value: decimal(f"{value:.2f}")),
        Column("overlap", words["overlap"], percent),
        Column("unmatched", words["unmatched"], count),
    ]
    rows = [
        Row(
            [
                varies[row["varies"]],
                readable(row["method"]),
                readable(row["first"]),
                readable(row["second"]),
                *(
                    Estimate(*(row[name][part] for part in ("value", "low", "high")))
                    for name in ("spearman", "overlap")
                ),
                row["unmatched"],
            ],
            task=each.task,
        )
        for row in sorted(each.content["variation"], key=lambda row: (row["varies"], row["spearman"]["value"]))
    ]
    caption = words["variation_caption"].format(top=percent(each.content["top"]))
    return Table(f"variation-{each.name}", columns, rows, caption)


def _shown(text: ExplainedText) -> dict[str, Any]:
    """Write a text as each method colours it, of each answer."""
    return {
        "id": text.id,
        "gold": text.gold,
        "agreement": None if text.agreement is None else decimal(f"{text.agreement:.2f}"),
        "answers": [
            {
                "system": answer.system,
                "target": answer.target[:LONGEST],
                "probability": decimal(f"{answer.probability:.2f}"),
                "methods": [
                    (readable(method), coloured(text.text, answer.words, values, longest=LONGEST))
                    for method, values in answer.values.items()
                ],
            }
            for answer in text.answers
        ],
    }
