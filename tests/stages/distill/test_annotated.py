"""An encoder learns the labels that a causal teacher gave, whoever its own weights come from."""

import json
import math

import numpy as np
import pytest
import torch
from test_families import DOCUMENTS, SETTINGS, made
from tiny_models import tiny_llama, tiny_model
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer, pipeline

from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.data.metrics_journal import read_journal
from alambic.data.signal_store import check_signal, made_by
from alambic.errors import UserError
from alambic.plugins import constant
from alambic.settings import Distill, Teach
from alambic.stages.distill.examples.annotated import Annotations, with_labels
from alambic.stages.distill.objectives import soft_labels
from alambic.stages.distill.run import run
from alambic.stages.teach.run import run as teach

ANNOTATOR = Teach.model_validate(
    {"teacher": "annotator", "corpus": "c", "signal": "annotations", "prompt": "{text} :", "documents_per_shard": 4}
    | {"labels": {"toux": "la toux", "rein": "le rein", "dos": "une douleur"}}
)
STUDENT = {**SETTINGS, "objectives": {"soft_labels": {}}, "epochs": 20, "learning_rate": 3e-3}


def annotated(root, model_type):
    """An encoder, and what another model, which is causal, calls the documents of a corpus."""
    inputs = made(root, "encoder", model_type, "hidden_states")
    for name in ("annotator", "annotations"):
        (root / name).mkdir()
    tiny_llama(root / "annotator", reads=128)
    teach(ANNOTATOR, Inputs(teacher=[root / "annotator"], corpus=inputs["corpus"]), root / "annotations")
    return Inputs({**inputs, "signal": [root / "annotations"]})


@pytest.mark.parametrize("model_type", constant("stages.distill.families", "encoder", "MODELS"))
def test_an_encoder_learns_the_labels_of_a_model_of_another_kind(model_type, tmp_path):
    inputs, output = annotated(tmp_path, model_type), tmp_path / "student"
    output.mkdir()
    facts = run(Distill.model_validate(STUDENT), inputs, output)
    losses = [line["soft_labels"] for line in read_journal(output).values()]
    assert np.mean(losses[-4:]) < 0.5 * np.mean(losses[:4]) and facts["coverage"] == 1.0
    classifier = AutoModelForSequenceClassification.from_pretrained(output / "classifier").eval()
    assert list(classifier.config.id2label.values()) == ["dos", "rein", "toux"]
    student = AutoModel.from_pretrained(output)
    assert student.config.model_type == model_type
    theirs = classifier.base_model.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in student.state_dict().items() if name in theirs)
    tokenizer = AutoTokenizer.from_pretrained(output / "classifier")
    said = [scores for _, scores in Annotations(inputs.one("signal"))]
    found = []
    for document, scores in zip(DOCUMENTS, said, strict=True):
        encoded = tokenizer(document.text, truncation=True, max_length=64, return_tensors="pt")
        ours = classifier(**encoded).logits[0].log_softmax(0).detach().numpy()
        found.append(float((np.exp(scores) * (scores - ours)).sum()))
    assert np.mean(found) == pytest.approx(np.mean(losses[-3:]), abs=0.1)


def test_it_may_learn_the_text_beside_and_answers_without_this_project(tmp_path):
    inputs, output = annotated(tmp_path, "bert"), tmp_path / "student"
    output.mkdir()
    objectives = {"soft_labels": {"temperature": 2.0, "weight": 0.5}, "cross_entropy": {}}
    run(Distill.model_validate({**STUDENT, "objectives": objectives, "epochs": 4}), inputs, output)
    lines = list(read_journal(output).values())
    assert all(
        line["loss"] == pytest.approx(0.5 * line["soft_labels"] + line["cross_entropy"], rel=1e-4) for line in lines
    )
    answer = pipeline("text-classification", str(output / "classifier"))(DOCUMENTS[0].text[:20])
    assert answer[0]["label"] in ANNOTATOR.options["labels"]


def test_an_encoder_of_its_own_learns_too(tmp_path):
    inputs, output = annotated(tmp_path, "bert"), tmp_path / "student"
    output.mkdir()
    shape = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    own = {"architecture": "modernbert", "initial": "random", "shape": shape, "layers": []}
    run(Distill.model_validate({**STUDENT, **own}), inputs, output)
    losses = [line["soft_labels"] for line in read_journal(output).values()]
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])


def test_a_head_keeps_the_encoder_s_weights_and_hides_no_state():
    encoder = tiny_model("camembert")
    model = with_labels(encoder, ["un", "deux"])
    theirs = encoder.state_dict()
    assert all(torch.equal(weight, theirs[name]) for name, weight in model.base_model.state_dict().items())
    assert torch.equal(model.classifier.dense.weight, torch.eye(16)) and model.config.num_labels == 2


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_the_objective_is_the_divergence_of_softened_labels(temperature):
    logits, said = torch.randn(5, 4, requires_grad=True), torch.randn(5, 4).log_softmax(1)
    expected = 0.0
    for row, other in zip(logits.double().tolist(), said.double().tolist(), strict=True):
        q, p = ([math.exp(value / temperature) for value in values] for values in (row, other))
        expected += sum(
            a / sum(p) * math.log(a / sum(p) * sum(q) / b) for a, b in zip(p, q, strict=True)
        ) / 5 * temperature**2  # fmt: skip
    loss = soft_labels.objective(logits, said, temperature=temperature)
    loss.backward()
    assert loss.item() == pytest.approx(expected, rel=1e-5) and logits.grad.isfinite().all()
    assert soft_labels.objective(said, said, temperature=temperature).item() == pytest.approx(0, abs=1e-6)


def test_only_an_annotator_may_be_another_than_the_teacher():
    student = Distill.model_validate(STUDENT)
    student.check_signal(ANNOTATOR)
    with pytest.raises(ValueError, match="corpus 'other'"):
        student.check_signal(ANNOTATOR.model_copy(update={"corpus": "other"}))
    states = Distill.model_validate({**STUDENT, "objectives": {"hidden_regression": {}}})
    with pytest.raises(ValueError, match="the outputs of 'annotator' on corpus 'c'"):
        states.check_signal(Teach(teacher="annotator", corpus="c", signal="hidden_states"))
    with pytest.raises(ValueError, match="soft_labels is not for students of family 'causal'"):
        Distill.model_validate({**STUDENT, "family": "causal"})


def test_shards_of_two_annotators_are_refused(tmp_path):
    inputs = annotated(tmp_path, "bert")
    check_signal(inputs.one("signal"), None)
    (tmp_path / "annotations" / "signal-00001.parquet").unlink()
    path = tmp_path / "annotator" / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["merges"].pop()
    path.write_text(json.dumps(content))
    assert made_by(tmp_path / "annotator")
    read = Inputs(teacher=[tmp_path / "annotator"], corpus=inputs["corpus"])
    teach(ANNOTATOR, read, tmp_path / "annotations")
    with pytest.raises(UserError, match=r"signal-00001\.parquet was made by another teacher"):
        run(Distill.model_validate(STUDENT), inputs, tmp_path)


def test_shards_of_another_annotator_than_their_artifact_s_are_refused(tmp_path):
    inputs = annotated(tmp_path, "bert")
    annotator = Manifest("fetch", "annotator", "1" * 64, {}, {}, {}, {})
    (tmp_path / "annotator" / "manifest.json").write_text(annotator.dump())
    for path in (tmp_path / "annotations").glob("signal-*"):
        path.unlink()
    teach(ANNOTATOR, Inputs(teacher=[tmp_path / "annotator"], corpus=inputs["corpus"]), tmp_path / "annotations")
    for fingerprint in ("1" * 64, "2" * 64):
        made_from = Manifest("teach", "annotations", "3" * 64, {}, {}, {}, {"teacher": [fingerprint]})
        (tmp_path / "annotations" / "manifest.json").write_text(made_from.dump())
        if fingerprint.startswith("1"):
            check_signal(inputs.one("signal"), None)
    with pytest.raises(UserError, match=r"fingerprint is 1111.* and 2222"):
        check_signal(inputs.one("signal"), None)
