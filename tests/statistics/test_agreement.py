"""Krippendorff's alpha against the values that its author publishes, and where it has none."""

import numpy as np
import pytest

from alambic.statistics.agreement import krippendorff_alpha

# Krippendorff 2011, section E: four observers, twelve units, missing values.
NO = np.nan
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3],
        [NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO],
    ]
)


@pytest.mark.parametrize(("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example_has_its_published_values(level, expected):
    assert krippendorff_alpha(PUBLISHED, level=level) == pytest.approx(expected, abs=5e-4)


def test_two_observers_and_two_values_are_the_published_case():
    """Krippendorff 2011, section A: ten units, alpha 0.095."""
    ratings = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], float)
    assert krippendorff_alpha(ratings, level="nominal") == pytest.approx(0.095, abs=5e-4)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_all_that_agree_have_one_and_chance_has_none(level):
    drawn = np.random.default_rng(0).integers(1, 6, size=(3, 2000)).astype(float)
    assert krippendorff_alpha(np.repeat(drawn[:1], 3, axis=0), level=level) == pytest.approx(1)
    assert abs(krippendorff_alpha(drawn, level=level)) < 0.05


def test_what_cannot_be_told_is_none():
    assert krippendorff_alpha(np.full((3, 5), 2.0), level="ordinal") is None, "one value alone"
    alone = np.array([[1, NO, 3], [NO, 2, NO]])
    assert krippendorff_alpha(alone, level="ordinal") is None, "no unit was judged twice"
