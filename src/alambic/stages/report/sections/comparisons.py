"""Which differences between models are real: a matrix of pairs and measures."""

from typing import Any

from alambic.stages.report.comparison import LEVEL, Comparison
from alambic.stages.report.number_format import probability, readable, signed, value
from alambic.stages.report.phrases import Phrase, Words, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 40
SIGNS = {"better": "▲", "worse": "▼", "open": "≈", "refused": "–", "few": "?"}


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the matrix, and the outcome of each pair in words; None where nothing is compared."""
    if not report.comparisons:
        return None
    return {
        "matrix": _matrix(report),
        "sentences": _sentences(report),
        "number": len(report.comparisons),
        "signs": SIGNS,
    }


def outcome(comparison: Comparison) -> str:
    """Give the key of the words for what was shown."""
    if comparison.refused or comparison.difference is None or comparison.corrected_p is None:
        return "refused"
    if comparison.corrected_p >= LEVEL:
        return "few" if comparison.unanimous else "open"
    return "better" if (comparison.difference > 0) == comparison.higher_is_better else "worse"


def _matrix(report: ReportData) -> Table:
    words = section_words("comparisons")
    measures = list(dict.fromkeys(each.measure for each in report.comparisons))
    columns = [Column("pair", words["pair"], is_number=False)]
    columns += [Column(" ".join(measure), _named(measure), signed, task=measure[0]) for measure in measures]
    by_place = {(each.first, each.second, each.measure): each for each in report.comparisons}
    pairs = list(dict.fromkeys((each.first, each.second) for each in report.comparisons))
    rows = [
        Row(
            [f"{first} − {second}", *(_cell(by_place.get((first, second, each)), words) for each in measures)],
            model=f"{first} {second}",
        )
        for first, second in pairs
    ]
    return Table("comparisons", columns, rows, words["caption"])


def _named(measure: tuple[str, str, str, str]) -> str:
    task, dataset, _, metric = measure
    return f"{task}, {readable(dataset)}, {readable(metric)}"


def _cell(comparison: Comparison | None, words: Words) -> Estimate | None:
    if comparison is None:
        return None
    sign = SIGNS[outcome(comparison)]
    if comparison.difference is None:
        return Estimate(None, mark=sign, note=comparison.refused)
    p, corrected = probability(comparison.p), probability(comparison.corrected_p)
    note = words["numbers"].format(p=p, corrected=corrected, effect=value(comparison.detectable))
    best = outcome(comparison) in ("better", "worse")
    return Estimate(comparison.difference, comparison.low, comparison.high, best=best, mark=sign, note=note)


def _sentences(report: ReportData) -> list[Phrase]:
    """Say of each pair what was shown on which measures."""
    words = section_words("comparisons")
    sentences = []
    for first, second in dict.fromkeys((each.first, each.second) for each in report.comparisons):
        of_pair = [each for each in report.comparisons if (each.first, each.second) == (first, second)]
        for key in ("better", "worse", "open", "few", "refused"):
            on = "; ".join(_named(each.measure) for each in of_pair if outcome(each) == key)
            if on:
                sentences.append(words[key].format(first=first, second=second, measures=on))
    return sentences
