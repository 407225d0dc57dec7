"""A plug-in that breaks its contract is one error at parse, which names the file and what is wrong in it."""

import shutil

import pytest

from alambic import plugins
from alambic.errors import UserError
from alambic.settings import read_experiment

DATASET = """
HEAD = "sequence_classification"
METRICS = ("accuracy",)
BASELINE = "nearest_label"
def load(labels): ...
def scored_texts(labels): ...
"""
HEAD = 'MODELS = ("encoder",)\ndef head(labels): ...\n'
METRIC = "def score(gold, predicted): ...\ndef combine(totals): ...\n"
OBJECTIVE = 'READS = "tokens"\nSIGNALS = {}\ndef objective(logits, targets): ...\n'
FAMILY = "MODELS = TEACHERS = NARROWED = ()\nEXAMPLES = {}\ndef empty(settings): ...\ndef prepare(settings): ...\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the plug-ins, to which a test adds one of a name that no other test uses: what was read is cached."""
    for folder in plugins.CONTRACTS:
        part = folder.replace(".", "/")
        shutil.copytree(plugins.PACKAGE / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(plugins, "PACKAGE", tmp_path)
    return tmp_path


def experiment(task: str) -> dict:
    return {
        "name": "tiny",
        "collect": {"icd10": {"source": "icd10_fr"}},
        "tasks": {"icd": {"task": task, "data": {"labels": "icd10"}}},
    }


def test_a_whole_dataset_is_accepted(package):
    (package / "tasks/datasets/whole.py").write_text(DATASET)
    (package / "tasks/datasets/no_baseline.py").write_text(DATASET.replace('BASELINE = "nearest_label"', ""))
    assert read_experiment(experiment("whole")).tasks["icd"].baseline == "nearest_label"
    assert read_experiment(experiment("no_baseline")).tasks["icd"].baseline is None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("nearest", DATASET.replace("nearest_label", "nearest_lable"), ["BASELINE", "did you mean 'nearest_label'"]),
        ("answered", DATASET.replace("sequence_", "sequense_"), ["HEAD", "did you mean 'sequence_classification'"]),
        ("measured", DATASET.replace("accuracy", "acuracy"), ["METRICS", "did you mean 'accuracy'"]),
        ("unscored", DATASET.replace("scored_texts", "texts"), ["defines no function 'scored_texts'"]),
        ("computed", DATASET.replace('"nearest_label"', "str(1)"), ["line 4", "BASELINE: expected a literal value"]),
        ("broken", DATASET + "def more(:\n", ["line 7", "invalid syntax"]),
    ],
)
def test_a_mistake_in_a_dataset_is_one_error_that_names_its_file(package, name, content, expected):
    file = package / "tasks" / "datasets" / f"{name}.py"
    file.write_text(content)
    with pytest.raises(UserError) as error:
        read_experiment(experiment(name))
    for part in ["tasks.icd", str(file), *expected]:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("folder", "content", "missing"),
    [
        ("tasks.heads", HEAD, "MODELS"),
        ("stages.evaluate.metrics", METRIC, "combine"),
        ("stages.distill.objectives", OBJECTIVE, "READS"),
        ("stages.distill.objectives", OBJECTIVE, "SIGNALS"),
        ("stages.distill.families", FAMILY, "NARROWED"),
        ("stages.distill.families", FAMILY, "empty"),
    ],
)
def test_a_plug_in_without_a_part_of_its_contract_is_refused(package, folder, content, missing):
    files = package / folder.replace(".", "/")
    (files / f"with_{missing}.py").write_text(content)
    plugins.signature(folder, f"with_{missing}")
    (files / f"without_{missing}.py").write_text(content.replace(missing, "other"))
    with pytest.raises(UserError, match=rf"without_{missing}.py defines no (function|constant) '?{missing}"):
        plugins.signature(folder, f"without_{missing}")


@pytest.mark.parametrize(
    ("folder", "content", "wrong", "right"),
    [
        ("tasks.heads", HEAD, "encodre", "encoder"),
        ("stages.distill.objectives", OBJECTIVE, "tokns", "tokens"),
        ("stages.distill.objectives", OBJECTIVE + 'FAMILIES = ("causal",)', "casual", "causal"),
    ],
)
def test_a_constant_with_another_value_than_it_may_hold_is_refused(package, folder, content, wrong, right):
    (package / folder.replace(".", "/") / f"{wrong}.py").write_text(content.replace(right, wrong))
    with pytest.raises(UserError, match=rf"{wrong}.py: [A-Z]+: .*did you mean '{right}'"):
        plugins.signature(folder, wrong)


@pytest.mark.parametrize("folder", plugins.CONTRACTS)
def test_every_plug_in_keeps_its_contract(folder):
    for name in plugins.names(folder):
        plugins.signature(folder, name)
