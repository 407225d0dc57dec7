"""How much of its teacher a model keeps: the quotient of their scores, with the interval of paired resamples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alambic.stages.report.ranking import Ranking
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.unit_counts import higher_is_better


@dataclass(frozen=True)
class Retention:
    """The mean quotient over some measures; below 1 the model is worse than its teacher."""

    value: float
    low: float
    high: float
    measures: int


def retention(report: ReportData, model: str, teacher: str, rankings: Sequence[Ranking]) -> Retention | None:
    """Divide a model's scores by its teacher's, on the measures that both have and of which more is better; else None.

    Within a measure both are scored on the same resamples, so that their quotient is taken resample by resample; the
    measures are averaged, each with the same weight.
    """
    values, draws = [], []
    for ranking in (ranking for ranking in rankings if higher_is_better(ranking.metric)):
        first, second = (ranking.scores.get(name) for name in (model, teacher))
        drawn, of_teacher = (report.resamples.get((name, *ranking.measure)) for name in (model, teacher))
        if first is None or second is None or drawn is None or of_teacher is None or second.value <= 0:
            continue
        (of_first, ids), (of_second, other_ids) = drawn, of_teacher
        if ids != other_ids or len(of_first) != len(of_second):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            quotients = np.where(of_second > 0, of_first / of_second, np.nan)
        values.append(first.value / second.value)
        draws.append(quotients)
    if not values or len({len(each) for each in draws}) > 1:
        return None
    together = np.nanmean(np.stack(draws), axis=0)
    low, high = np.nanquantile(together, [(1 - report.confidence) / 2, (1 + report.confidence) / 2])
    return Retention(float(np.mean(values)), float(low), float(high), len(values))
