"""Corrections give what their papers give."""

import pytest

from alambic.statistics.multiple_testing import benjamini_hochberg, holm

# Benjamini and Hochberg (1995), section 4: fifteen tests of treatments of myocardial infarction.
P_VALUES = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0]  # fmt: skip


def test_the_paper_s_example_has_its_four_and_three_rejections():
    assert sum(p <= 0.05 for p in benjamini_hochberg(P_VALUES)) == 4
    assert sum(p <= 0.05 for p in holm(P_VALUES)) == 3


def test_holm_multiplies_by_the_tests_that_are_left():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == benjamini_hochberg([]) == []


def test_the_order_of_the_tests_is_kept():
    assert benjamini_hochberg([0.04, 0.01]) == pytest.approx([0.04, 0.02])
