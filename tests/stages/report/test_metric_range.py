"""Between which numbers metrics lie."""

import math
from pathlib import Path

import pytest

from alambic import plugins
from alambic.stages.report.metric_range import largest_difference


@pytest.mark.parametrize(
    ("metric", "expected"), [("accuracy", 1), ("entity_f1", 1), ("spearman", 2), ("brier", 2), ("hamming", 1)]
)
def test_two_scores_lie_no_further_apart_than_their_metric_s_range(metric, expected):
    assert largest_difference(metric) == expected


@pytest.mark.parametrize(("range_", "expected"), [("", math.inf), ("RANGE = (0.0, 10.0)\n", 10)])
def test_of_a_user_s_own_metric_it_is_what_that_says(tmp_path: Path, monkeypatch, range_: str, expected: float):
    folder = tmp_path / "stages/evaluate/metrics"
    folder.mkdir(parents=True)
    name = f"own{len(range_)}"
    (folder / f"{name}.py").write_text(
        f'"""Own."""\n{range_}def score(gold, predicted): ...\ndef combine(totals): ...\n'
    )
    monkeypatch.setattr(plugins, "OWN", [tmp_path])
    assert largest_difference(name) == expected
