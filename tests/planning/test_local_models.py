"""What an experiment asks of its models is looked at before the first job, as far as they are there."""

import json
import shutil
from pathlib import Path

import pytest
from tiny_models import tiny_bert, tiny_llama

from alambic.commands.explain_plan import explain
from alambic.data.model_files import model_digest
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running
from alambic.settings import read_experiment


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return {"bert": tiny_bert(folder / "bert", layers=3), "llama": tiny_llama(folder / "llama")}


@pytest.fixture
def bert(made, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(made["bert"], tmp_path / "bert"))


def experiment(model: Path, digest: str | None = None, **teach) -> dict:
    digest = digest or model_digest(model)
    texts = {"source": "icd10_fr"}
    return {
        "name": "x",
        "collect": {"texts": texts},
        "clean": {"medical": {"sources": ["texts"]}},
        "fetch": {"teacher": {"origin": "folder", "path": str(model), "digest": digest, "licence": "MIT"}},
        "tokenizer": {"medical": {"base": "teacher", "corpus": "medical"}},
        "teach": {"said": {"teacher": "teacher", "corpus": "medical", "signal": "hidden_states", **teach}},
    }


def refusal(content: dict) -> str:
    """Give the error before any job; fail where there is none."""
    plan = Plan(read_experiment(content))
    with pytest.raises(UserError) as error:
        check_before_running(plan)
    with pytest.raises(UserError, match="cannot run"):
        list(explain(plan))
    return str(error.value)


def test_a_whole_model_is_planned(bert):
    (bert / "log.txt").write_text("which is no part of it")
    check_before_running(Plan(read_experiment(experiment(bert))))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (shutil.rmtree, "is not a folder"),
        (lambda bert: [path.unlink() for path in bert.iterdir()], "is no model's folder"),
        (lambda bert: (bert / "README.md").write_text("changed"), "has the digest"),
        (lambda bert: (bert / "config.json").write_text("{"), "config.json is damaged"),
        (lambda bert: (bert / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1"), "Git LFS"),
        (lambda bert: (bert / "model.safetensors").unlink(), "has no weights"),
        (lambda bert: (bert / "config.json").write_text('{"auto_map": {"AutoModel": "a.B"}}'), "code of its own"),
    ],
)
def test_a_local_model_that_cannot_be_fetched_is_an_error_of_the_plan(bert, change, expected):
    content = experiment(bert)
    change(bert)
    assert f"fetch.teacher.path: {bert}" in (said := refusal(content)) and expected in said


def test_more_of_the_likeliest_than_a_teacher_has_pieces_is_an_error_of_the_plan(made):
    said = refusal(experiment(made["llama"], signal="next_tokens", top=5000))
    assert "teach.said: next_tokens of 'teacher': top 5000: this teacher has 400 pieces" in said


@pytest.mark.parametrize("layer", [4, -5, 99])
def test_a_layer_that_a_local_teacher_has_not_is_an_error_of_the_plan(bert, layer):
    said = refusal(experiment(bert, layer=layer))
    assert f"teach.said: hidden_states of 'teacher': layer {layer}: this teacher has 3 layers" in said
    assert "from -4 to 3" in said


@pytest.mark.parametrize("layer", [0, 3, -1, -4])
def test_a_layer_that_it_has_is_planned(bert, layer):
    check_before_running(Plan(read_experiment(experiment(bert, layer=layer))))


def test_attention_has_no_layer_of_embeddings(bert):
    assert "from -3 to 2" in refusal(experiment(bert, signal="attention_vectors", layer=3))


@pytest.mark.parametrize("signal", ["next_tokens", "generated_texts", "masked_tokens"])
def test_a_signal_that_a_teacher_cannot_give_is_an_error_of_the_plan(bert, signal):
    assert f"teach.said: {signal} of 'teacher': found a BertModel, expected" in refusal(experiment(bert, signal=signal))


def test_a_causal_teacher_gives_its_signals(made):
    check_before_running(Plan(read_experiment(experiment(made["llama"], signal="next_tokens"))))


def test_a_student_of_layers_that_a_local_teacher_has_not_is_an_error_of_the_plan(bert):
    student = {"teacher": "teacher", "tokenizer": "medical", "corpus": "medical", "layers": [0, 3],
               "objectives": {"cross_entropy": {}}}  # fmt: skip
    content = {**experiment(bert), "distill": {"student": student}}
    with pytest.raises(UserError, match=r"distill.student: layers: \[0, 3\] asks for layer 3; the teacher has 0 to 2"):
        Plan(read_experiment(content))
    student["family"] = "causal"
    with pytest.raises(UserError, match=r"'bert' makes no student of family 'causal'"):
        Plan(read_experiment(content))


def test_a_damaged_configuration_of_a_fetched_model_is_one_error(bert):
    content = experiment(bert)
    folder = Plan(read_experiment(content))["fetch/teacher"].folder
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{")
    with pytest.raises(UserError, match=r"config.json is damaged"):
        check_before_running(Plan(read_experiment(content)))


def test_a_model_that_no_head_takes_is_an_error_of_the_plan(bert):
    config = json.loads((bert / "config.json").read_text())
    (bert / "config.json").write_text(json.dumps({**config, "is_encoder_decoder": True}))
    content = experiment(bert)
    del content["teach"]
    content["tasks"] = {"icd": {"task": "icd10_labels", "data": {"labels": "texts"}}}
    content["finetune"] = {"models": ["teacher"]}
    assert "finetune.models: 'teacher' is of family encoder_decoder; sequence_classification takes" in refusal(content)
