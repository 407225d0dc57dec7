"""Predictions that somebody brings: as files have them, scored as a model's are, refused with a reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from scoring import predict_and_score
from serving import collected
from toy_tasks import collected as documents_in

from alambic.data.documents import write_documents
from alambic.data.inputs import Inputs
from alambic.data.local_data import folder_digest
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.settings import Predict, Task, identity, read_experiment
from alambic.stages.collect.sources import predictions

NOTES = [("La toux de Paul", {"label": "a", "labels": "a|b", "annotations": "T1\tX 3 7\ttoux\n"}) for _ in range(4)]


def brought(folder: Path, content: str, name: str = "mine.jsonl", **more: str) -> Path:
    """Collect a file of predictions as the source does."""
    (folder / name).write_text(content)
    path = {"path": str(folder / name), "digest": folder_digest(folder / name), "licence": "MIT"}
    found = collected("predictions", **path, **more)
    (folder / "answers").mkdir()
    write_documents(found, folder / "answers")
    return folder / "answers"


def scored(folder: Path, answers: Path, task: str, **options: Any) -> tuple[dict[str, float], dict[str, Any]]:
    """Score predictions on the four notes; give the value of each metric, and the facts."""
    notes = documents_in(folder / "notes", NOTES)
    chosen = Task(task=task, data={"train": "notes", "test": "notes"}, **options)
    inputs = Inputs({"train": [notes], "test": [notes], "predictions": [answers]})
    rows, facts = predict_and_score(folder, chosen, inputs, predictions="answers")
    return {row["metric"]: row["value"] for row in rows if row["seed"] == "all"}, facts


ROWS = {
    "labels of a table": ("text_labels", "mine.csv", "id;label\n0;a\n1;a\n2;b\n3;a\n", "accuracy", 0.75),
    "what apply writes of labels": (
        "text_labels",
        "mine.jsonl",
        "".join(json.dumps({"id": str(n), "labels": [{"label": "a", "score": 0.9}]}) + "\n" for n in range(4)),
        "accuracy",
        1.0,
    ),
    "several labels": (
        "text_multilabels",
        "mine.jsonl",
        "".join(json.dumps({"id": n, "labels": ["b", "a"] if n else ["a"]}) + "\n" for n in range(4)),
        "multilabel_f1",
        14 / 15,
    ),
    "spans": (
        "entities",
        "mine.jsonl",
        "".join(
            json.dumps({"id": str(n), "entities": [{"start": 3, "end": 7, "label": "X"}] if n else []}) + "\n"
            for n in range(4)
        ),
        "entity_f1",
        6 / 7,
    ),
    "tags": (
        "entities",
        "mine.jsonl",
        "".join(json.dumps({"id": str(n), "predicted": json.dumps(["O", "I-X", "O", "O"])}) + "\n" for n in range(4)),
        "entity_f1",
        1.0,
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_each_form_of_a_prediction_is_scored(tmp_path: Path, case: str) -> None:
    task, name, content, metric, expected = ROWS[case]
    values, facts = scored(tmp_path, brought(tmp_path, content, name), task)
    assert values[metric] == pytest.approx(expected)
    assert facts["predictions_without_a_text"] == 0 and "parameters" not in facts


@pytest.mark.parametrize(
    ("content", "task", "error"),
    [
        ('{"id": "0", "label": "a"}\n{"id": "x", "label": "a"}\n', "text_labels", r"3 of 4 texts .* \([123, ]+\).*'0'"),
        ("".join(f'{{"id": {n}, "labels": ["a", "b"]}}\n' for n in range(4)), "text_labels", "2 labels, expected one"),
        ("".join(f'{{"id": {n}, "predicted": ["O"]}}\n' for n in range(4)), "entities", "1 tags for 4 words"),
        (
            '{"id": "0", "dataset": "other", "label": "a"}\n',
            "text_labels",
            "predicts other, and the task's test",
        ),
    ],
)
def test_predictions_that_do_not_fit_are_one_error(tmp_path: Path, content: str, task: str, error: str) -> None:
    with pytest.raises(UserError, match=error):
        scored(tmp_path, brought(tmp_path, content), task)


def test_seeds_are_told_apart_and_what_is_of_no_text_is_counted(tmp_path: Path) -> None:
    lines = [{"id": str(n), "seed": seed, "label": "a" if seed == "1" else "b"} for n in range(5) for seed in "12"]
    values, facts = scored(tmp_path, brought(tmp_path, "".join(json.dumps(row) + "\n" for row in lines)), "text_labels")
    assert values["accuracy"] == 0.5
    assert facts["predictions_without_a_text"] == 2


def test_a_row_without_an_answer_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"id": "0", "score": 1}\n{"label": "a"}\n{"id": "2", "label": "a"}\n')
    rejections = Rejections(1.0)
    path = {"path": str(tmp_path / "mine.jsonl"), "digest": folder_digest(tmp_path / "mine.jsonl"), "licence": "MIT"}
    assert [document.id for document in predictions.fetch(rejections, **path)] == ["2"]
    assert [one.reason for one in rejections.first] == [
        "nothing in column predicted or entities or labels or label; the columns: id, score",
        "nothing in column id; the columns: label",
    ]


def test_an_experiment_names_systems_and_their_sources() -> None:
    of_file = {"path": "/x", "digest": "1" * 64, "licence": "MIT"}
    content: dict[str, Any] = {
        "name": "x",
        "collect": {"notes": {"source": "folder", **of_file}, "answers": {"source": "predictions", **of_file}},
        "tasks": {"t": {"task": "text_labels", "data": {"train": "notes"}}},
        "evaluate": {"predictions": {"mine": {"t": "answers"}}},
        "report": {"compare": [["mine", "dictionary"]]},
    }
    read_experiment(content)
    for systems, error in (
        ({"mine": {"u": "answers"}}, r"evaluate\.predictions\.mine: no 'u'"),
        ({"mine": {"t": "answer"}}, r"evaluate\.predictions\.mine: no 'answer'; did you mean 'answers'"),
        ({"dictionary": {"t": "answers"}}, "names two models"),
    ):
        with pytest.raises(UserError, match=error):
            read_experiment({**content, "evaluate": {"predictions": systems}, "report": {}})
    task = Task(task="text_labels", data={"train": "notes"})
    assert identity(Predict(finetuned=["m"], task=task)) == identity(Predict(predictions="p", task=task))
