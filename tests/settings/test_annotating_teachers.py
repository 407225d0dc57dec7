"""Which teacher annotates for which student, and what it stores for how many: said in the settings, checked there."""

import json

import pytest
import yaml

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import identity
from alambic.settings.experiment_file import load_experiment

OF_NO_TASK = {"model": "typed", "teacher": "smollm2", "corpus": "unlabelled", "signal": "generated_texts"}


@pytest.fixture
def content():
    with open("config/experiments/annotated.yaml", encoding="utf-8") as stream:
        return json.loads(json.dumps(yaml.safe_load(stream)))  # what an anchor repeats is each time its own


def plan_of(tmp_path, content):
    path = tmp_path / "annotated.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return Plan(load_experiment(str(path)))


def test_a_teacher_learns_one_task_and_annotates_once_for_all_students(tmp_path, content):
    plan = plan_of(tmp_path, content)
    stored = {name: made.settings for name, made in plan.items() if name.startswith("teach/smollm2")}
    assert [*stored] == [
        "teach/smollm2/half/seed1/unlabelled",
        "teach/smollm2/half/seed1/unlabelled/unseen_type",
    ]
    assert {each.head for each in stored.values()} == {"entity_generation"}
    finetuned = [name.split("/", 1)[1] for name in plan if name.startswith("finetune/")]
    assert [name for name in finetuned if name.startswith("smollm2")] == ["smollm2/half/seed1"]
    assert "zero_shot/texts_10/seed1" in finetuned and "zero_shot/texts_50/seed1" not in finetuned
    student = plan["finetune/zero_shot/texts_10/seed1"].settings
    assert (student.repeat, student.min_agreement, student.task.head) == (0, 0.5, "typed_spans")
    assert "predict/dictionary/texts_all" in plan


def test_thresholds_count_only_where_they_are_given(tmp_path, content):
    plan = plan_of(tmp_path, content)
    assert identity(plan["finetune/annotated/texts_10/seed1"].settings)["min_probability"] == 0.2
    assert not {"min_probability", "min_agreement"} & identity(plan["finetune/encoder/texts_10/seed1"].settings).keys()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("finetune/task_distillation/annotated/draws", 0, "min_agreement: 0.5: no list is drawn to compare with"),
        (
            "finetune/task_distillation/annotated/teacher_task",
            "hal",
            "no teacher_task named 'hal'; did you mean 'half'",
        ),
        ("finetune/task_distillation/annotated", OF_NO_TASK, "signal: 'generated_texts' is none of a fine-tuned"),
        ("finetune/task_distillation/annotated/draw", 2, "draw: unknown key; did you mean 'draws'"),
        ("tasks/half/heads/smollm2", "token_classification", "'smollm2' answers by token_classification, and for"),
        ("tasks/half/models", ["smolm2"], "tasks.half.models: no model 'smolm2' in finetune.models; did you mean"),
        ("tasks/half/descriptions", {"DRUG": 3}, "descriptions"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(tmp_path, content, path, value, message):
    *folders, last = path.split("/")
    place = content
    for folder in folders:
        place = place[folder]
    place[last] = value
    with pytest.raises(UserError, match=message):
        plan_of(tmp_path, content)
