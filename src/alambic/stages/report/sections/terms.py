"""Scores of terms that training texts never had, or seldom, and of words that a model cuts into many tokens."""

import json
from collections.abc import Iterator
from typing import Any

from statsmodels.stats.proportion import proportion_confint

from alambic.stages.report.number_format import count, decimal, readable, value
from alambic.stages.report.phrases import Phrase, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table
from alambic.statistics.groups import SMALLEST

ORDER = 63
FILE = "terms.json"
GROUPS = {
    "times_in_training": "times_in_training_caption",
    "tokens_per_word": "tokens_per_word_caption",
    "unseen_by_chapter": "unseen_by_chapter_caption",
    "unseen_by_year": "unseen_by_year_caption",
}

Read = tuple[str, str, dict[str, Any]]  # model, task, row
Rows = dict[tuple[str, str, Any], dict[str, dict[str, Any]]]  # test set, group: by model


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather a table of each kind; None where no evaluation has any."""
    words = section_words("terms")
    read = list(_read(report))
    tables = [table for by, caption in GROUPS.items() if (table := _table(report, read, by, words[by], words[caption]))]
    missed = _missed(read)
    return {"tables": [*tables, *([missed] if missed else [])], "smallest": SMALLEST} if tables else None


def _read(report: ReportData) -> Iterator[Read]:
    """Yield the rows of each evaluation."""
    for artifact in report.of_stage("evaluate"):
        path = artifact.folder / FILE
        model, _, task = artifact.item.partition("/")
        if path.exists() and model in report.models:
            yield from ((model, task, row) for row in json.loads(path.read_text(encoding="utf-8")))


def _table(report: ReportData, read: list[Read], by: str, title: Phrase, caption: Phrase) -> Table | None:
    words = section_words("terms")
    rows: Rows = {}
    for model, task, row in read:
        if row["by"] == by:
            group = row["group"] if "group" in row else row["from"]
            rows.setdefault((task, row["dataset"], group), {})[model] = row
    models = [name for name in report.order if any(name in of for of in rows.values())]
    if not rows:
        return None
    columns = [
        Column("test set", words["test_set"], is_number=False),
        Column(by, title, is_number=False),
        Column("right answers", words["right_answers"], count),
        *(Column(f"f1 of {name}", name, value, model=name) for name in models),
    ]
    shown = []
    for (task, dataset, _), of in rows.items():
        first = next(iter(of.values()))
        answers = len({row["right_answers"] for row in of.values()}) == 1
        cells = [f"{task}, {readable(dataset)}", _group(first), first["right_answers"] if answers else None]
        estimates = (_estimate(of.get(name), report.confidence) for name in models)
        shown.append(Row([*cells, *estimates], task=task))
    percent = f"{report.confidence * 100:.0f}"
    return Table(by, columns, shown, caption.format(percent=percent))


def _missed(read: list[Read]) -> Table | None:
    words, common = section_words("terms"), section_words("common")
    columns = [
        Column("model", common["model"], is_number=False),
        Column("test set", words["test_set"], is_number=False),
        Column("tokens per word, missed", words["missed"], value),
        Column("tokens per word, found", words["found"], value),
        Column("difference", words["difference"], value),
    ]
    rows = [
        Row(
            [
                model,
                f"{task}, {readable(row['dataset'])}",
                row["tokens_per_word_missed"],
                row["tokens_per_word_found"],
                Estimate(row["difference"], row["low"], row["high"]),
            ],
            model,
            task,
        )
        for model, task, row in read
        if row["by"] == "missed_against_found"
    ]
    return Table("missed", columns, rows, words["missed_caption"], models=True) if rows else None


def _group(row: dict[str, Any]) -> Phrase | str:
    """Name a group: a value of an attribute, or the bounds of a number."""
    if "group" in row:
        return str(row["group"])
    low, below = row["from"], row["below"]
    if row["by"] == "times_in_training":
        last = "" if below is None else f"{below - 1:g}"
        return f"{low:g}+" if below is None else last if last == f"{low:g}" else f"{low:g}\u2013{last}"
    return decimal(f"≥ {low:g}" if below is None else f"< {below:g}" if not low else f"{low:g}\u2013{below:g}")


def _estimate(row: dict[str, Any] | None, confidence: float) -> Estimate | None:
    """Show F1 with its interval, of a group that is large enough for one."""
    if row is None:
        return None
    units = row.get("units", row["right_answers"])
    if units < SMALLEST:
        return Estimate(row["f1"], note=section_words("terms")["small"])
    low, high = row["low"], row["high"]
    if low == high:  # all is missed, or all is right: no resample differs, and yet others would
        low, high = _bounds(row["f1"], units, confidence)
    return Estimate(row["f1"], low, high)


def _bounds(f1: float, units: int, confidence: float) -> tuple[float, float]:
    """Bound an F1 of 0 or 1 by Wilson's interval of a recall of 0 or 1; any other is its own bound.

    Of a recall of at most r, F1 is at most 2 r / (1 + r); where recall and precision are at least r, so is F1.
    """
    if f1 not in (0.0, 1.0):
        return f1, f1
    low, high = proportion_confint(round(f1 * units), units, alpha=1 - confidence, method="wilson")
    return (float(low), 1.0) if f1 else (0.0, float(2 * high / (1 + high)))
