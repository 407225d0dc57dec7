"""Metrics that read what was read are computed through the stages, with intervals, on noisy test sets too."""

import json

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from scoring import predict_and_score
from toy_tasks import collected
from writers import tiny_writer

from alambic.data.inputs import Inputs
from alambic.settings import Task
from alambic.stages.evaluate import run as evaluating
from alambic.tasks.head import load_head

BODY = " ".join(f"mot{number}" for number in range(40))
REFERENCE_FREE = ["entities_kept", "entities_invented", "drugs_invented", "negations_contradicted", "numbers_invented"]
METRICS = ["rouge_l", *REFERENCE_FREE, "copied_share", "longest_copied_share", "empty_share"]


def inputs_in(folder):
    rows = [
        (f"Une fièvre, le cas {n}\n\nPas de fièvre sous doliprane {n} mg. Une fièvre plus tard, le {n}. {BODY}", {})
        for n in range(20)
    ]
    drugs = [(name, {"atc": "N02BE01"}) for name in ("paracetamol", "doliprane")]
    diseases = [("Fièvre, sans précision", {"wording": "long", "chapter": "XVIII"})]
    made = {"texts": rows, "drugs": drugs, "diseases": diseases}
    return {role: [collected(folder / role, rows)] for role, rows in made.items()}


def test_the_lead_is_scored_against_what_was_read(tmp_path):
    inputs = inputs_in(tmp_path)
    task = Task(
        task="summaries",
        data={role: role for role in inputs},
        metrics=METRICS,
        perturb={"slips": {"typos": {"rate": 0.5}}},
    )
    rows, _ = predict_and_score(tmp_path, task, Inputs(inputs), baseline="first_sentence")
    values = {(row["dataset"], row["metric"]): row["value"] for row in rows}
    assert {metric for _, metric in values} == set(METRICS) and {name for name, _ in values} == {"test", "test+slips"}
    clean = {metric: value for (name, metric), value in values.items() if name == "test"}
    # The lead only denies the fever, the text does both: no contradiction. All of it is copied.
    assert {name for name, value in clean.items() if value == 1} == {
        "entities_kept",
        "copied_share",
        "longest_copied_share",
    }
    assert {name for name, value in clean.items() if value == 0} == {*REFERENCE_FREE[1:], "empty_share"}
    # What was read with slips is compared with the text as it was before them.
    assert values["test+slips", "copied_share"] < 0.5 and values["test+slips", "entities_kept"] < 1
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    counted = pq.read_table(tmp_path / "scored" / "counts.parquet").to_pylist()
    assert {row["metric"] for row in counted} == set(METRICS), "paired tests read counts of each example"


def test_what_is_odd_is_counted_in_the_facts(tmp_path):
    head, base = load_head("text_generation", ()), tiny_writer(tmp_path / "base", "encoder_decoder", letters=True)
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1)
    head.longest = 16
    head.save(model, tokenizer, tmp_path / "tuned", max_length=32)
    long = "une toux depuis trois jours " * 4
    rows = [("une toux", {"target": "toux"}), (long, {"target": "toux"}), ("une toux la", {"target": "☃"})]
    inputs = {"train": [collected(tmp_path / "train", rows)], "test": [collected(tmp_path / "test", rows)]}
    task = Task(task="written_texts", data={"train": "x", "test": "x"})
    _, facts = predict_and_score(
        tmp_path, task, Inputs({**inputs, "finetuned": [tmp_path / "tuned"]}), finetuned=["a"], seeds=[1]
    )
    assert facts["texts_longer_than_read"] == facts["targets_that_the_tokenizer_cannot_write"] == 1
    assert "empty_texts" not in facts and "targets_longer_than_written" not in facts


def test_normalised_wordings_are_looked_up_through_the_stages(tmp_path):
    rows = []
    for number, organ in enumerate(("foie", "rein", "coeur", "poumon", "rate", "nez", "sein", "colon", "pied", "dos")):
        for kind, short in (("Tumeur", "TUM."), ("Atteinte", "ATT."), ("Lésion", "LES.")):
            about = {"code": f"{kind[0]}{number:02d}.1", "chapter": "II"}
            rows.append((f"{kind} du {organ}", {**about, "wording": "long"}))
            rows.append((f"{short} DU {organ.upper()}", {**about, "wording": "short"}))
    inputs = {"labels": [collected(tmp_path / "labels", rows)]}
    task = Task(task="normalised_wordings", data={"labels": "x"}, test_share=0.4)
    found, _ = predict_and_score(tmp_path, task, Inputs(inputs), baseline="wording_dictionary")
    values = {row["metric"]: row["value"] for row in found}
    assert values == {"exact_match": 1.0, "chrf": 1.0, "code_recovered": 1.0}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"task": "summaries", "data": {"texts": "x"}, "metrics": ["entities_kept"]},
            "'entities_kept' needs drugs and diseases under `data` of task 'summaries'",
        ),
        (
            {"task": "written_texts", "data": {"train": "x"}, "metrics": ["code_recovered"]},
            "'code_recovered' needs labels",
        ),
        (
            {"task": "icd10_labels", "data": {"labels": "x"}, "metrics": ["accuracy", "copied_share"]},
            "'copied_share' scores answers of text_generation, not of sequence_classification",
        ),
    ],
)
def test_a_metric_that_does_not_fit_is_refused_at_parse(settings, expected):
    with pytest.raises(ValidationError, match=expected):
        Task(**settings)


def test_examples_are_loaded_only_for_metrics_that_read_them(tmp_path, monkeypatch):
    inputs = inputs_in(tmp_path)
    task = Task(task="summaries", data={role: role for role in inputs}, metrics=["rouge_l", "empty_share"])
    monkeypatch.setattr(evaluating, "load_data", lambda *_: pytest.fail("nothing reads examples"))
    rows, _ = predict_and_score(tmp_path, task, Inputs(inputs), baseline="first_sentence")
    assert {row["metric"] for row in rows} == {"rouge_l", "empty_share"}
    assert json.loads((tmp_path / "scored" / "terms.json").read_text()) == []
