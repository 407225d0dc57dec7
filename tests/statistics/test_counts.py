"""Counts come back as they were written, and two models' are laid side by side."""

import numpy as np
import pytest

from alambic.stages.evaluate.metrics import macro_f1
from alambic.statistics.counts import CountsTable, UnitCounts, align, read_counts


def test_counts_come_back_as_they_were_written(tmp_path):
    table = CountsTable()
    first, second = np.arange(12.0).reshape(4, 3), np.ones((2, 2))
    table.add(first, ids=["a", "b", "c", "d"], units=["x", "", "x", ""], seed="1", measured=("long", "test", "f1"))
    table.add(first + 1, ids=["a", "b", "c", "d"], units=["x", "", "x", ""], seed="2", measured=("long", "test", "f1"))
    table.add(second, ids=["e", "f"], units=[], seed="1", measured=("short", "test", "macro"), labels=["é, è", "b"])
    table.write(tmp_path)
    read = read_counts(tmp_path)
    assert list(read) == [("long", "test", "f1"), ("short", "test", "macro")]
    of_seeds = read["long", "test", "f1"]
    assert list(of_seeds) == ["1", "2"]
    assert of_seeds["1"].units == ("x", "b", "d") and of_seeds["1"].examples == (2, 1, 1)
    assert of_seeds["1"].counts.tolist() == [[6, 8, 10], [3, 4, 5], [9, 10, 11]]
    assert of_seeds["2"].counts.tolist() == [[8, 10, 12], [4, 5, 6], [10, 11, 12]]
    assert read["short", "test", "macro"]["1"].labels == ("é, è", "b")
    assert read_counts(tmp_path / "elsewhere") == {}


def test_labels_of_two_models_are_laid_side_by_side():
    gold = ["a", "a", "b", "c"]
    systems, values = [], []
    for given in (["a", "b", "b", "c"], ["a", "z", "b", "b"]):
        score = macro_f1.score(gold, given)
        systems.append({"1": UnitCounts(("1", "2", "3", "4"), (1,) * 4, score.counts, score.labels)})
        values.append(score.value)
    (first,), (second,) = align(systems)
    assert first.shape == second.shape == (4, 12)
    for counts, value in zip((first, second), values, strict=True):
        assert macro_f1.combine(counts.sum(axis=0)) == pytest.approx(value)
    assert macro_f1.combine(first[:2].sum(axis=0) + second[2:].sum(axis=0)) == pytest.approx(
        macro_f1.score(gold, ["a", "b", "b", "b"]).value
    )


def test_other_units_or_widths_are_refused():
    one = UnitCounts(("a", "b"), (1, 1), np.ones((2, 2)))
    with pytest.raises(ValueError, match="same units"):
        align([{"1": one}, {"1": UnitCounts(("a", "c"), (1, 1), np.ones((2, 2)))}])
    with pytest.raises(ValueError, match="widths"):
        align([{"1": one}, {"1": UnitCounts(("a", "b"), (1, 1), np.ones((2, 3)))}])
