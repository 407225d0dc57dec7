"""The stage from real files: what it automates, whom it leaves to persons, and what it says of itself."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from simulated_answers import CAUSES, TASK, answer, collect_certificates, settings

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Calibrate, Task
from alambic.stages.calibrate.run import run
from alambic.tasks.loading import load_task


def calibrated(output: Path, chosen: Calibrate, certificates: Path, *folders: Path) -> dict[str, Any]:
    output.mkdir(exist_ok=True)
    run(chosen, Inputs(predictions=list(folders), train=[certificates]), output)
    return json.loads((output / "calibration.json").read_text())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect certificates once."""
    return collect_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def answered(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Answer by a model from two seeds, by another one, and by one that leaves no probabilities."""
    data = load_task(Task.model_validate(TASK), Inputs(train=[certificates]))
    folder = tmp_path_factory.mktemp("answers")
    return {
        "model": answer(data, folder / "model", seeds=("1", "2")),
        "other": answer(data, folder / "other", skill=4.0, name="other"),
        "dictionary": answer(data, folder / "dictionary", skill=3.5, name="dictionary", scored=False),
        "sparse": answer(data, folder / "sparse", sparse=True, seeds=("1", "2")),
    }


@pytest.fixture(scope="module")
def content(certificates, answered, tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("calibrated")
    chosen = settings("model", "other", "dictionary")
    made = calibrated(folder, chosen, certificates, *(answered[name] for name in chosen.systems))
    return {**made, "folder": folder}


def test_units_are_whole_certificates_shared_out_once(content):
    rows = pq.read_table(content["folder"] / "units.parquet").to_pylist()
    parts = {name: {row["unit"].partition("/")[2] for row in rows if row["part"] == name} for name in content["units"]}
    assert {name: len(units) for name, units in parts.items()} == content["units"]
    assert not parts["fit"] & parts["calibration"] and not parts["calibration"] & parts["test"]
    assert content["units"]["fit"] == pytest.approx(
        0.3 * (content["units"]["fit"] + content["units"]["calibration"]), rel=0.1
    )


def test_a_certificate_is_right_when_every_line_is(content, answered):
    wrong: set[str] = set()
    for row in pq.read_table(answered["model"] / "predictions.parquet", filters=[("seed", "=", "1")]).to_pylist():
        if row["gold"] != row["predicted"]:
            wrong.add(row["unit"])
    rows = pq.read_table(content["folder"] / "units.parquet").to_pylist()
    assert {row["unit"].partition("/")[2] for row in rows if not row["right"]} == wrong


def test_each_risk_automates_more_and_what_is_counted_is_what_the_units_say(content):
    rows = pq.read_table(content["folder"] / "units.parquet", filters=[("part", "=", "test")]).to_pylist()
    shares = [risk["coverage"] for risk in content["risks"]]
    assert shares == sorted(shares) and shares[-1] > 0.3
    for risk in content["risks"]:
        taken = [row for row in rows if risk["threshold"] is not None and row["confidence"] >= risk["threshold"]]
        assert (len(taken), sum(not row["right"] for row in taken)) == (risk["automated"], risk["wrong"])
        assert risk["upper"] is None or risk["upper"] > risk["risk"]
        assert risk["hours_per_1000"] == pytest.approx(risk["coverage"] * 50)


def test_signals_together_order_certificates_better_than_the_model_alone(content):
    combined, *plain = content["scores"]
    assert combined["score"] == "combined" and {row["score"] for row in plain} >= {"probability", "margin"}
    assert all(combined["aurc"] < row["aurc"] for row in plain)
    assert combined["excess_aurc"] < combined["aurc"]
    assert content["calibrated"]["brier"] < content["calibrated"]["brier_of_the_mean"]
    weights = content["model"]["signals"]
    assert {"agreement_of_seeds", "agreement_of_systems", "probability_by_other_seeds", "nearest_wording"} <= set(
        weights
    )
    assert content["model"]["weights"]["agreement_of_systems"] > 0


def test_what_was_promised_as_a_probability_comes_true(content):
    for of_bin in content["calibrated"]["reliability"]:
        error = (0.25 / of_bin["units"]) ** 0.5
        assert abs(of_bin["probability"] - of_bin["right"]) < 4 * error


def test_the_guarantee_holds_over_resamples_and_the_control_breaks_it(content):
    for row, plain in zip(content["resampled"]["fixed_sequence"], content["resampled"]["plain"], strict=True):
        assert row["exceeded"] <= 0.05 + 2 * (0.05 * 0.95 / 100) ** 0.5
        assert row["coverage"] <= row["oracle"]
        assert plain["exceeded"] > 0.25


def test_a_group_of_few_certificates_is_excluded_with_its_number(content):
    groups = {group["group"]: group for group in content["risks"][-1]["groups"]}
    few, many = groups["external"], groups["disease"]
    assert few["excluded"] == "too_few" and few["calibration_units"] < content["risks"][-1]["needed"]
    assert many["excluded"] == "" and many["own_coverage"] > 0


def test_sets_for_persons_hold_the_right_labels_as_often_as_asked(content):
    assert content["sets"]
    for row in content["sets"]:
        error = (0.09 / row["examples"]) ** 0.5
        assert row["covered"] > 0.9 - 4 * error and 1 <= row["mean_size"] <= len(CAUSES)


def test_each_year_is_calibrated_for_the_next(content):
    (row,) = content["periods"]
    assert (row["from"], row["to"]) == ("2013", "2014") and row["units"] > 500
    assert row["alarm_after"] is None, "the years are alike"


def test_noisy_texts_are_looked_at_and_the_monitor_rings(certificates, tmp_path):
    task = {**TASK, "perturb": {"blurred": {"typos": {"rate": 0.1}}}}
    data = load_task(Task.model_validate(task), Inputs(train=[certificates]))
    folder = answer(data, tmp_path / "model", rarely_read=["test+blurred"], seeds=("1", "2"))
    made = calibrated(tmp_path / "out", settings(task=task, alphas=[0.05], resamples=20), certificates, folder)
    before, after = made["noise"]
    assert (before["test_set"], after["test_set"]) == ("test", "test+blurred")
    assert after["coverage"] < before["coverage"] and after["highest_wealth"] > before["highest_wealth"]


@pytest.mark.parametrize("name", ["dictionary", "sparse"])
def test_a_system_without_probabilities_and_one_that_writes_are_read_too(certificates, answered, tmp_path, name):
    made = calibrated(
        tmp_path, settings(name, "other", alphas=[0.2], resamples=20), certificates, answered[name], answered["other"]
    )
    signals = set(made["model"]["signals"])
    assert ("probability" in signals) == (name == "sparse") and "agreement_of_systems" in signals
    assert bool(made["sets"]) == (name == "sparse")
    assert made["risks"][0]["coverage"] > 0.3


def test_a_task_without_a_calibration_part_gives_a_share_of_its_test_units(certificates, tmp_path):
    task = {**TASK, "calibration_share": 0.0, "test_share": 0.6}
    data = load_task(Task.model_validate(task), Inputs(train=[certificates]))
    folder = answer(data, tmp_path / "model")
    made = calibrated(tmp_path / "out", settings(task=task, shares={"calibration": 0.4}), certificates, folder)
    whole = sum(made["units"].values())
    assert made["units"]["test"] == pytest.approx(0.6 * whole, rel=0.06)


def test_the_same_settings_give_the_same_files(certificates, answered, tmp_path):
    for name in ("one", "two"):
        calibrated(tmp_path / name, settings(resamples=20), certificates, answered["other"])
    files = [(tmp_path / name / "calibration.json").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


def test_too_few_errors_to_fit_on_leave_every_signal_alike(certificates, tmp_path):
    data = load_task(Task.model_validate(TASK), Inputs(train=[certificates]))
    folder = answer(data, tmp_path / "model", skill=40.0)
    made = calibrated(tmp_path / "out", settings(alphas=[0.05]), certificates, folder)
    assert not made["model"]["fitted"] and made["risks"][0]["coverage"] == 1.0


def test_a_system_that_answered_other_examples_is_refused(certificates, answered, tmp_path):
    data = load_task(Task.model_validate({**TASK, "seed": 1}), Inputs(train=[certificates]))
    other = answer(data, tmp_path / "other")
    with pytest.raises(UserError, match=r"'other' did not answer the examples of calibration \(calibration\)"):
        calibrated(tmp_path / "out", settings("model", "other"), certificates, answered["model"], other)


def test_an_attribute_that_no_example_has_is_refused(certificates, answered, tmp_path):
    with pytest.raises(UserError, match=r"groups: no example has an attribute 'chaptre'.*chapter"):
        calibrated(tmp_path, settings(groups="chaptre"), certificates, answered["model"])


def test_a_test_set_that_is_not_there_is_refused(certificates, answered, tmp_path):
    with pytest.raises(UserError, match=r"datasets: no test set 'tset'.*test"):
        calibrated(tmp_path, settings(datasets=["tset"]), certificates, answered["model"])
