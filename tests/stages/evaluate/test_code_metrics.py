"""Scores of codes by line and by certificate: worked cases, and what `evaluate` makes of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.errors import UserError
from alambic.settings import Evaluate
from alambic.settings.task import Dataset
from alambic.stages.evaluate.metrics import certificate_exact, code_f1, multilabel_f1, underlying_cause
from alambic.stages.evaluate.run import run
from alambic.statistics.bootstrap import sum_by_unit

IDS = ["7/1", "7/2", "8/1", "9/1", "9/2"]
UNITS = ["7", "7", "8", "9", "9"]
GOLD = [("R092",), ("I219", "I10"), ("C61",), ("I509",), ("I10",)]
PREDICTED = [("R092",), ("I10", "I219"), ("C61", "C795"), ("I509",), ("I10",)]
METRICS = ["code_f1", "certificate_code_f1", "certificate_exact", "underlying_cause"]


def test_a_certificate_is_right_when_all_of_its_lines_are() -> None:
    score = certificate_exact.score(GOLD, PREDICTED, UNITS, IDS)
    assert score.value == pytest.approx(2 / 3)
    assert sum_by_unit(score.counts, UNITS).tolist() == [[1, 1], [0, 1], [1, 1]]


def test_the_underlying_cause_depends_on_rank_and_line() -> None:
    score = underlying_cause.score(GOLD, PREDICTED, UNITS, IDS)
    # 7: I219 and I10 were given in another order, and I10 is linked to I219; 9: I10 with I509 becomes I110.
    assert score.value == 1.0
    swapped = [*PREDICTED[:3], ("I10",), ("I269",)]
    assert underlying_cause.score(GOLD, swapped, UNITS, IDS).value == pytest.approx(2 / 3)
    assert underlying_cause.score([()], [("I10",)], ["7"], ["7/1"]).counts.sum() == 0  # nothing to be right about
    with pytest.raises(UserError, match="names no line: expected <certificate>/<line>"):
        underlying_cause.score(GOLD[:1], PREDICTED[:1], ["7"], ["seven"])


def test_code_f1_is_micro_f1_also_where_a_line_has_no_code() -> None:
    gold, predicted = [*GOLD, ()], [*PREDICTED, ("R99",)]
    score = code_f1.score(gold, predicted)
    assert score.value == pytest.approx(multilabel_f1.score(gold, predicted).value)
    assert code_f1.score([()], [()]).value == 0.0
    assert np.array_equal(code_f1.combine(score.counts.sum(axis=0)), score.value)


def test_evaluate_scores_units_and_keeps_their_counts(tmp_path: Path) -> None:
    for name in ("predict", "output"):
        (tmp_path / name).mkdir()
    part = PredictedExamples("year_2020", "test", IDS, GOLD, UNITS, [{}] * 5, [[]] * 5, {"1": PREDICTED, "2": GOLD})
    write_predictions(tmp_path / "predict", [part], labels=[], rules="x")
    settings = Evaluate(
        predictions="x", dataset=Dataset(task="icd10_labels", data={"labels": "x"}), metrics=METRICS, resamples=50
    )
    run(settings, Inputs(predictions=[tmp_path / "predict"]), tmp_path / "output")
    rows = {(row["metric"], row["seed"]): row for row in json.loads((tmp_path / "output" / "scores.json").read_text())}
    assert (
        rows["certificate_exact", "1"]["value"] == pytest.approx(2 / 3) and rows["certificate_exact", "2"]["value"] == 1
    )
    assert {metric for metric, _ in rows} == set(METRICS)
    assert all(
        "resampled=units" in row["signature"] and row["low"] <= row["value"] <= row["high"] for row in rows.values()
    )
