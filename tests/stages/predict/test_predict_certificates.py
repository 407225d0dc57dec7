"""The dictionary codes certificates through the stages, says how sure it is, and is scored by line and certificate."""

import json
from pathlib import Path

import pytest
from few_certificates import certificates

from alambic.data.example_scores import SEQUENCE, read_example_scores, read_top_scores
from alambic.data.inputs import Inputs
from alambic.data.predictions import read_predictions
from alambic.settings import Evaluate, Predict, Task
from alambic.settings.task import Dataset
from alambic.stages.evaluate import run as evaluating
from alambic.stages.predict import run as predicting


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Task, Inputs]:
    folder = tmp_path_factory.mktemp("predicted")
    data = certificates(folder)
    options = {"train_years": ["2020"], "calibration_years": ["2021"], "test_years": ["2022"]}
    task = Task(task="death_certificates", data={role: role for role in data}, options=options)
    inputs = Inputs({role: [path] for role, path in data.items()})
    output = folder / "output"
    output.mkdir()
    predicting.run(Predict(task=task), inputs, output)
    return output, task, inputs


def test_each_answer_has_a_confidence_for_calibration(predicted: tuple[Path, Task, Inputs]) -> None:
    folder, _, _ = predicted
    predictions = read_predictions(folder)
    assert {(part.split, part.dataset) for part in predictions.parts} == {
        ("test", "year_2022"),
        ("test", "other_wordings"),
        ("calibration", "year_2021"),
    }
    assert "years:train=2020;calibration=2021;test=2022" in predictions.rules
    assert read_example_scores(folder, split="calibration") == {}  # sparse: of what was answered alone
    scores = read_top_scores(folder, split="calibration")["year_2021", "all"]
    (part,) = predictions.of_split("calibration")
    for answer, given in zip(part.predicted["all"], scores, strict=True):
        assert set(given) == {*answer, SEQUENCE} and 0 <= given[SEQUENCE] <= 1
    # "IDM 1.1" is like "IDM 0.1", which is known: I219, and not wholly sure.
    assert all(answer == ("I219",) for answer in part.predicted["all"])
    assert all(0.6 < given[SEQUENCE] < 1 for given in scores)


def test_what_no_calibration_reads_is_not_answered(predicted: tuple[Path, Task, Inputs], tmp_path: Path) -> None:
    folder, task, inputs = predicted
    predicting.run(Predict(task=task, calibration=False), inputs, tmp_path)
    assert read_predictions(tmp_path).parts == read_predictions(folder).of_split("test")


def test_its_scores_are_by_line_and_by_certificate(predicted: tuple[Path, Task, Inputs], tmp_path: Path) -> None:
    folder, task, inputs = predicted
    settings = Evaluate(predictions="x", dataset=Dataset.of(task), metrics=task.metrics, resamples=20)
    evaluating.run(settings, Inputs({**inputs, "predictions": [folder]}), tmp_path)
    rows = {(r["dataset"], r["metric"]): r["value"] for r in json.loads((tmp_path / "scores.json").read_text())}
    assert {metric for _, metric in rows} == set(task.metrics)
    assert rows["year_2022", "certificate_exact"] == rows["year_2022", "underlying_cause"] == 1
    assert rows["other_wordings", "code_f1"] == 0  # nothing in "Crise cardiaque" is like what is known
