"""The analysis of a study: one row per measure, condition or contrast, with its interval or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alambic.statistics.multiple_testing import benjamini_hochberg
from alambic.studies.answers import Tables
from alambic.studies.exclusions import People, decide_who_counts
from alambic.studies.items import Item
from alambic.studies.modelled import rows_of_changes, rows_of_mediation, rows_of_mixed_models
from alambic.studies.resampled import (
    Bootstrap,
    rows_of_biases,
    rows_of_conditions,
    rows_of_contrasts,
    rows_of_thresholds,
)
from alambic.studies.results import Note, Options, Row
from alambic.studies.trials import Trials, make_trials

SECOND_OPINIONS = ("accuracy_mixed", "time_mixed")  # of contrasts that are tested already


@dataclass(frozen=True)
class Analysis:
    """All that was found, and of whom."""

    rows: Sequence[Row]
    people: People
    trials: Trials
    options: Options

    def row(self, measure: str, condition: str, contrast: str = "") -> Row:
        """Give a row; KeyError where there is none."""
        for row in self.rows:
            if (row.measure, row.condition, row.contrast) == (measure, condition, contrast):
                return row
        raise KeyError((measure, condition, contrast))


def analyse(tables: Tables, items: Mapping[str, Item], options: Options | None = None) -> Analysis:
    """Measure all that there is to measure; what cannot be estimated is a row that says why."""
    options = options or Options()
    people = decide_who_counts(tables, items, fewest_passed=options.fewest_passed)
    trials = make_trials(tables, items, included=people.included)
    if len(trials) == 0:
        return Analysis([Row("accuracy", "", "", None, notes=[Note("no_answers")])], people, trials, options)
    bootstrap = Bootstrap(trials, options)
    rows = [*rows_of_conditions(bootstrap), *rows_of_contrasts(bootstrap)]
    if not options.only:
        rows += [*rows_of_thresholds(bootstrap), *rows_of_biases(bootstrap), *rows_of_changes(trials)]
        rows += [*rows_of_mixed_models(trials, options), *rows_of_mediation(trials, tables, options)]
    return Analysis(_corrected(rows), people, trials, options)


def _corrected(rows: Sequence[Row]) -> list[Row]:
    """Correct the p of all rows that have one, as one family (Benjamini and Hochberg 1995).

    Mixed models test again what has been tested: they have no place in the family.
    """
    tested = [row.p for row in rows if row.p is not None and row.measure not in SECOND_OPINIONS]
    corrected = iter(benjamini_hochberg(tested))
    return [
        row if row.p is None or row.measure in SECOND_OPINIONS else replace(row, corrected_p=next(corrected))
        for row in rows
    ]
