"""Which differences between models are real: a matrix of pairs and measures."""

from typing import Any

from alambic.stages.report.comparison import Comparison
from alambic.stages.report.number_format import count, percent_to_a_tenth, probability, readable, signed, value
from alambic.stages.report.phrases import Phrase, Words, same, section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 40
SIGNS = {"better": "▲", "worse": "▼", "open": "≈", "refused": "–", "few": "?"}
DISAGREES = "*"  # the interval and the test
TESTS = {"mcnemar": "test_mcnemar", "randomization": "test_randomization", "t": "test_t", "bootstrap": "test_bootstrap"}


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the matrix, and the outcome of each pair in words; None where nothing is compared."""
    if not report.comparisons:
        return None
    return {
        "matrix": _matrix(report),
        "sentences": _sentences(report),
        "number": sum(each.p is not None for each in report.comparisons),
        "signs": SIGNS,
        "disagrees": DISAGREES if any(each.interval_disagrees for each in report.comparisons) else "",
        "by_bootstrap": any(each.test == "bootstrap" for each in report.comparisons),
    }


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
    sign = SIGNS[comparison.outcome] + (DISAGREES if comparison.interval_disagrees else "")
    if comparison.difference is None or comparison.test is None:
        return Estimate(None, mark=sign, note=comparison.refused)
    numbers = words["numbers"].format(
        p=probability(comparison.p),
        corrected=probability(comparison.corrected_p),
        test=words[TESTS[comparison.test]],
        effect=words["no_effect"] if comparison.detectable is None else value(comparison.detectable),
    )
    note = same("{numbers}{alike}").format(numbers=numbers, alike=_alike(comparison, words))
    best = comparison.outcome in ("better", "worse")
    return Estimate(comparison.difference, comparison.low, comparison.high, best=best, mark=sign, note=note)


def _alike(comparison: Comparison, words: Words) -> Phrase | str:
    """Say what is known where the two agree on all units: the rule of three."""
    if comparison.rule_of_three is None:
        return ""
    share = percent_to_a_tenth(comparison.rule_of_three)
    return words["alike"].format(units=count(comparison.units), share=share)


def _sentences(report: ReportData) -> list[Phrase]:
    """Say of each pair what was shown on which measures."""
    words = section_words("comparisons")
    sentences = []
    for first, second in dict.fromkeys((each.first, each.second) for each in report.comparisons):
        of_pair = [each for each in report.comparisons if (each.first, each.second) == (first, second)]
        for key in ("better", "worse", "open", "few", "refused"):
            shown = [each for each in of_pair if each.outcome == key]
            if key == "few":
                for is_bootstrap in (False, True):
                    of_test = [each for each in shown if (each.test == "bootstrap") == is_bootstrap]
                    sentences += _sentence(words["few_resamples" if is_bootstrap else "few"], of_test)
            else:
                sentences += _sentence(words[key], shown)
    return sentences


def _sentence(words: Phrase, comparisons: list[Comparison]) -> list[Phrase]:
    if not comparisons:
        return []
    on = "; ".join(_named(each.measure) + (f" {DISAGREES}" if each.interval_disagrees else "") for each in comparisons)
    return [words.format(first=comparisons[0].first, second=comparisons[0].second, measures=on)]
