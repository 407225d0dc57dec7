"""What people judged without knowing whose text it was: means by system and criterion, differences, agreement."""

from typing import Any

from markupsafe import escape

from alambic.stages.report.judgements import read_judgements
from alambic.stages.report.number_format import count, short, signed, value
from alambic.stages.report.phrases import Phrase, Words, same, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 45


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the tables of each form; None where nobody judged."""
    words = section_words("judgements")
    forms = [_form(number, each, words) for number, each in enumerate(read_judgements(report.settings.judgements), 1)]
    return {"forms": forms} if forms else None


def _form(number: int, content: dict[str, Any], words: Words) -> dict[str, Any]:
    name = f"judgements-{number}"
    return {
        "title": _phrase(content["title"]),
        "how": words["how"].format(
            judges=count(content["judges"]),
            answers=count(content["answers"]),
            missing=count(content["answers_missing"]),
            confidence=short(100 * content["confidence"]),
        ),
        "tables": [_means(name, content, words), _differences(name, content, words), _agreement(name, content, words)],
    }


def _means(name: str, content: dict[str, Any], words: Words) -> Table:
    criteria = content["criteria"]
    columns = [
        Column("system", words["system"], is_number=False),
        *(Column(each["name"], _phrase(each["question"]), short) for each in criteria),
    ]
    systems = [each["system"] for each in criteria[0]["systems"]]
    rows = [
        Row([same(system), *(_estimate(criterion["systems"][place]) for criterion in criteria)])
        for place, system in enumerate(systems)
    ]
    scales = ", ".join(f"1–{each['scale']}" for each in criteria)
    return Table(name, columns, rows, words["means_caption"].format(scales=scales))


def _differences(name: str, content: dict[str, Any], words: Words) -> Table:
    criteria = content["criteria"]
    columns = [
        Column("pair", words["pair"], is_number=False),
        *(Column(each["name"], _phrase(each["question"]), signed) for each in criteria),
    ]
    rows = [
        Row([same(f"{pair['first']} − {pair['second']}"), *(_shown(each["differences"][place]) for each in criteria)])
        for place, pair in enumerate(criteria[0]["differences"])
    ]
    return Table(f"{name}-differences", columns, rows, words["differences_caption"])


def _agreement(name: str, content: dict[str, Any], words: Words) -> Table:
    columns = [
        Column("criterion", words["criterion"], is_number=False),
        Column("krippendorff_alpha", words["alpha"], value),
        Column("texts judged twice", words["twice"], count),
    ]
    rows = [
        Row(
            [
                _phrase(each["question"]),
                each["agreement"]["krippendorff_alpha"],
                each["agreement"]["texts_judged_twice"],
            ]
        )
        for each in content["criteria"]
    ]
    return Table(f"{name}-agreement", columns, rows, words["agreement_caption"])


def _estimate(found: dict[str, Any]) -> Estimate:
    return Estimate(found["value"], found["low"], found["high"])


def _shown(found: dict[str, Any]) -> Estimate:
    """Mark a difference whose interval does not hold 0."""
    shown = found["value"] is not None and (found["low"] > 0 or found["high"] < 0)
    return Estimate(found["value"], found["low"], found["high"], best=shown)


def _phrase(texts: dict[str, str]) -> Phrase:
    return Phrase(en=str(escape(texts["en"])), fr=str(escape(texts["fr"])))
