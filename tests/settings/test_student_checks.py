"""A student that its teacher cannot become is refused as soon as the teacher's configuration is there."""

import json

import pytest
from test_sizes import PARTS, STUDENT

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment

SIZES = {"hidden_size": 64, "num_attention_heads": 4, "intermediate_size": 128}
BERT = {"model_type": "bert", **SIZES}


def planned(config, **student):
    chosen = {**STUDENT, "initial": "teacher", "objectives": {"cross_entropy": {}}, **student}
    plan = Plan(read_experiment({"name": "x", **PARTS, "distill": {"small": chosen}}))
    folder = plan["fetch/teacher"].folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return Plan(plan.experiment)


@pytest.mark.parametrize(
    ("config", "student", "expected"),
    [
        ({"model_type": "gpt2"}, {}, r"'gpt2' makes no student of family 'encoder'; expected one of: bert, roberta"),
        (BERT, {"family": "causal"}, r"'bert' makes no student of family 'causal'; expected one of: llama"),
        ({"model_type": "llama"}, {"family": "encoder_decoder"}, r"'encoder_decoder'; expected one of: t5.*camembert"),
        ({"model_type": "t5"} | SIZES, {"family": "encoder_decoder", "width": {"hidden_size": 8}}, r"'t5' is not made"),
        (BERT | {"num_hidden_layers": 3}, {"layers": [0, 3]}, r"layer 3; the teacher has 0 to 2"),
        (BERT, {"width": {"hidden_size": 65}}, r"65 is more than the teacher has; expected at most 64"),
        (BERT, {"width": {"hidden_size": 40}}, r"16 values each"),
    ],
)
def test_what_does_not_fit_is_an_error_of_the_plan(config, student, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f"distill.small: .*{expected}"):
        planned(config, **student)


@pytest.mark.parametrize(
    ("config", "student"),
    [
        (BERT, {"width": {"hidden_size": 48, "intermediate_size": 100}}),
        ({"model_type": "bert"}, {"width": {"hidden_size": 48}}),  # told at the stage, from the defaults of its type
        ({"model_type": "gpt2"}, {"architecture": "bert", "shape": {"hidden_size": 8}, "initial": "random"}),
    ],
)
def test_what_fits_is_planned(config, student, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "distill/small" in planned(config, **student)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "config.json is empty"),
        ('{"model_type": "bert"', "config.json is damaged"),
        ("[" * 100_000, "config.json is damaged"),
        ("[]", "config.json is damaged"),
        ('{"model_type": ["bert"]}', "makes no student"),
        ('{"model": "bert"}', "makes no student"),
    ],
)
def test_a_damaged_configuration_of_a_teacher_is_an_error_of_the_plan(content, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = planned(BERT)
    (plan["fetch/teacher"].folder / "config.json").write_text(content)
    with pytest.raises(UserError, match=f"distill.small: .*{expected}"):
        Plan(plan.experiment)


@pytest.mark.parametrize("value", [None, 0, -1, "64", [64], 2.5])
@pytest.mark.parametrize("name", ["num_hidden_layers", "hidden_size", "num_attention_heads"])
def test_sizes_that_are_none_are_left_to_the_stage(name, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "distill/small" in planned(BERT | {name: value}, width={"hidden_size": 16}, layers=[0])
