"""Groups of terms are shown with intervals that their few answers bear, or with none."""

import pytest
from statsmodels.stats.proportion import proportion_confint

from alambic.stages.report.sections.terms import _estimate
from alambic.statistics.groups import SMALLEST

ROW = {"right_answers": 100, "f1": 0.4, "low": 0.3, "high": 0.5, "units": 100}


def test_a_group_of_few_documents_is_too_small_to_judge_however_many_answers_it_has():
    shown = _estimate({**ROW, "units": SMALLEST - 1}, 0.95)
    assert shown is not None and (shown.value, shown.low) == (0.4, None) and str(shown.note) == "too small to judge"
    earlier = {key: value for key, value in ROW.items() if key != "units"}
    shown = _estimate({**earlier, "right_answers": SMALLEST - 1}, 0.95)
    assert shown is not None and shown.low is None
    assert _estimate(None, 0.95) is None


def test_where_all_is_missed_or_all_is_right_the_interval_has_a_length():
    """The bootstrap gives [0, 0]; of 30 answers that are all missed, a share of a tenth is not excluded."""
    missed = _estimate({**ROW, "units": 30, "f1": 0.0, "low": 0.0, "high": 0.0}, 0.95)
    right = _estimate({**ROW, "units": 30, "f1": 1.0, "low": 1.0, "high": 1.0}, 0.95)
    assert missed is not None and missed.high is not None and right is not None
    wilson = proportion_confint(0, 30, alpha=0.05, method="wilson")[1]
    assert missed.low == 0 and missed.high == pytest.approx(2 * wilson / (1 + wilson)) and missed.high > 0.2
    assert (right.low, right.high) == (pytest.approx(1 - wilson), 1)
    usual = _estimate(ROW, 0.95)
    assert usual is not None and (usual.low, usual.high) == (0.3, 0.5)
