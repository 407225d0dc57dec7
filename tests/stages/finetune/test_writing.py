"""Models that write, and one that finds labels by what they say, go through the stages as any other."""

import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from scoring import predict_and_score
from toy_tasks import collected
from writers import LABEL_TEXTS, LABELS, lines, tiny_encoder, tiny_writer

from alambic.commands.apply.answers import Answerer
from alambic.commands.apply.output import write_csv
from alambic.data.example_scores import MARGIN, SEQUENCE, read_example_scores, read_top_scores
from alambic.data.inputs import Inputs
from alambic.data.predictions import read_predictions
from alambic.settings import Finetune, Recipe, Task
from alambic.stages.finetune import run as finetuning
from alambic.stages.predict import run as predicting
from alambic.stages.speed import quantised
from alambic.tasks.examples import TaskData

RECIPE = Recipe(batch_size=15, epochs=130, learning_rate=5e-3, max_length=160)  # the table of pieces is not asked for


def finetuned(folder, base, task, inputs):
    tuned = folder / "tuned"
    tuned.mkdir()
    section = Finetune(model="m", task=task, recipe=RECIPE, seed=1)
    return tuned, finetuning.run(section, Inputs({**inputs, "model": [base]}), tuned)


@pytest.mark.parametrize("family", ["causal", "encoder_decoder"])
def test_a_user_of_texts_to_be_written_has_them_learnt_scored_and_applied(tmp_path, family):
    pairs = [(example.text, {"target": example.standard}) for example in lines(24)]
    source = [collected(tmp_path / "texts", pairs)]
    inputs = {"train": source, "test": source}
    task = Task(task="written_texts", data={"train": "x", "test": "x"})
    tuned, facts = finetuned(tmp_path, tiny_writer(tmp_path / "base", family), task, inputs)
    assert facts["final_loss"] < 0.5
    rows, told = predict_and_score(tmp_path, task, Inputs({**inputs, "finetuned": [tuned]}), finetuned=["a"], seeds=[1])
    values = {row["metric"]: row["value"] for row in rows if row["seed"] == "all"}
    assert values["chrf"] > 0.9 and values["exact_match"] > 0.8
    assert told["outputs_without_end"] == told["outputs_without_answer"] == 0
    (answer,) = Answerer(tuned).answer([pairs[0][0]])
    assert answer["written"] == pairs[0][1]["target"] and 0 < answer["score"] <= 1
    write_csv(iter([{"id": "1", **answer}]), tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text().splitlines()[1].endswith(
        f',"{answer["written"]}"'
    ) or "," not in answer["written"]
    assert "only encoders are exported" in quantised.why_not(tuned)


@pytest.fixture
def coded(tmp_path, monkeypatch):
    """Lines with their codes, whatever head is asked for; a year of them for development."""
    examples = lines(30)
    data = TaskData(
        "", LABELS, train=examples, test={"lines": examples}, dev={"dev": examples[:9]}, label_texts=LABEL_TEXTS
    )
    for stage in (finetuning, predicting):
        monkeypatch.setattr(stage, "load_task", lambda task, _: replace(data, head=task.head))
    monkeypatch.setattr("alambic.stages.evaluate.terms.load_data", lambda *_: data)
    source = [collected(tmp_path / "lines", [(example.text, {}) for example in examples])]
    return examples, {"certificates": source, "labels": source}


def task_of(head, metrics):
    return Task(task="death_certificates", data={"certificates": "x", "labels": "y"}, metrics=metrics, head=head)


@pytest.mark.parametrize("family", ["causal", "encoder_decoder"])
def test_lines_are_coded_by_a_model_that_writes(tmp_path, coded, family):
    examples, inputs = coded
    task = task_of("code_generation", ["exact_match", "multilabel_f1", "written_exact_match", "written_chrf"])
    tuned, _ = finetuned(tmp_path, tiny_writer(tmp_path / "base", family), task, inputs)
    rows, told = predict_and_score(tmp_path, task, Inputs({**inputs, "finetuned": [tuned]}), finetuned=["a"], seeds=[1])
    values = {row["metric"]: row["value"] for row in rows if row["seed"] == "all"}
    assert set(values) == {"exact_match", "multilabel_f1", "written_exact_match", "written_chrf"}
    assert values["exact_match"] > 0.9 and values["written_chrf"] > 0.9
    assert told["outputs_without_end"] == 0
    (part,) = read_predictions(tmp_path / "predicted").of_split("test")
    assert part.standard == [example.standard for example in examples] and len(part.written["1"]) == 30
    scores = read_top_scores(tmp_path / "predicted", split="test")["lines", "1"]
    for answer, of_line in zip(part.predicted["1"], scores, strict=True):
        assert set(of_line) == {*answer, SEQUENCE, MARGIN}
    assert read_example_scores(tmp_path / "predicted", split="test") == {}
    record, again = Answerer(tuned).answer([examples[1].text, "  "])
    assert [label["label"] for label in record["labels"]] == list(part.predicted["1"][1])
    assert record["written"] == part.written["1"][1] and {"labels", "written"} <= set(again)
    write_csv(iter([{"id": "1", **record}]), tmp_path / "answers.csv")
    rows = (tmp_path / "answers.csv").read_text().splitlines()
    assert rows[0].endswith("mention,written") and len(rows) == 1 + len(record["labels"])


def test_lines_are_coded_by_what_codes_say(tmp_path, coded):
    examples, inputs = coded
    task = task_of("label_retrieval", ["multilabel_f1", "brier", "written_chrf"])
    tuned, _ = finetuned(tmp_path, tiny_encoder(tmp_path / "base"), task, inputs)
    rows, _ = predict_and_score(tmp_path, task, Inputs({**inputs, "finetuned": [tuned]}), finetuned=["a"], seeds=[1])
    values = {row["metric"]: row["value"] for row in rows if row["seed"] == "all"}
    assert set(values) == {"multilabel_f1"} and values["multilabel_f1"] > 0.75
    table = pq.read_table(tmp_path / "predicted/example_scores.parquet")
    assert {len(row) for row in table.column("labels").to_pylist()} == {20}
    assert json.loads(table.schema.metadata[b"labels"]) == list(LABELS)
    scores = read_top_scores(tmp_path / "predicted", split="dev")["dev", "1"]
    assert len(scores) == 9 and all(len(of_line) == 20 for of_line in scores)
    (record,) = Answerer(tuned).answer([examples[0].text])
    assert record["labels"][0]["label"] == examples[0].gold[0]
    assert "its answers are no labels" in quantised.why_not(tuned)
