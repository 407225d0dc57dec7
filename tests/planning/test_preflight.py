"""Files that an experiment names are looked for before anything runs, beside the experiment's own file."""

import copy
from pathlib import Path

import made_artifacts
import pytest
import yaml

from alambic.commands.explain_plan import explain
from alambic.data.local_data import folder_digest
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running, check_counting_sets, check_local_files
from alambic.settings import read_experiment
from alambic.settings.experiment_file import load_experiment
from alambic.settings.pins import unpinned
from conftest import ROOT

EXPERIMENT = {
    "name": "tiny",
    "collect": {"texts": {"source": "folder", "path": "texts", "digest": "1" * 64, "licence": "MIT"}},
    "clean": {"medical": {"sources": ["texts"]}},
}


@pytest.fixture
def study(tmp_path: Path, monkeypatch) -> Path:
    """Write an experiment in a folder, beside the texts that it names by a relative path; be elsewhere."""
    (tmp_path / "study" / "texts").mkdir(parents=True)
    (tmp_path / "study" / "texts" / "a.txt").write_text("Un texte.")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "study" / "e.yaml"


def write(file: Path, **options: str) -> None:
    content = copy.deepcopy(EXPERIMENT)
    content["collect"]["texts"] |= options
    file.write_text(yaml.safe_dump(content))


def test_a_relative_path_is_meant_beside_the_experiment(study: Path) -> None:
    digest = folder_digest(study.parent / "texts")
    write(study, digest=digest)
    experiment = load_experiment(str(study))
    assert experiment.collect["texts"].options["path"] == str(study.parent / "texts")
    check_before_running(Plan(experiment))
    handed_on = load_experiment(experiment.model_dump_json(exclude_unset=True))
    assert handed_on == experiment
    write(study, digest=digest, path=str(study.parent / "texts"))
    absolute = Plan(load_experiment(str(study)))
    assert absolute["collect/texts"].fingerprint == Plan(experiment)["collect/texts"].fingerprint


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "python -m alambic digest"),
        ({"path": "text"}, "study/text does not exist"),
        ({"path": "~nobody-has-this-name/texts"}, "does not exist"),
        ({"path": "empty"}, "is not a folder with files"),
    ],
)
def test_a_folder_that_is_missing_empty_or_another_one_is_said_before_anything_runs(study, options, expected) -> None:
    (study.parent / "empty").mkdir()
    write(study, **options)
    lines = []
    with pytest.raises(UserError, match=expected) as refused:
        lines.extend(explain(Plan(load_experiment(str(study)))))
    assert "collect.texts.path: " in str(refused.value)
    if not options:
        assert folder_digest(study.parent / "texts") in str(refused.value)


def test_a_list_of_test_texts_is_looked_for_too(study: Path) -> None:
    content = copy.deepcopy(EXPERIMENT)
    content["clean"]["medical"]["embargo"] = [{"path": "list.parquet", "sha256": "2" * 64}]
    plan = Plan(read_experiment(content, folder=study.parent))
    with pytest.raises(UserError, match=r"clean\.medical\.embargo\.0\.path: .*study/list\.parquet does not exist"):
        check_before_running(plan)
    (study.parent / "list.parquet").write_bytes(b"x")
    with pytest.raises(UserError, match="the experiment pins 2222"):
        check_before_running(plan)


def test_a_corpus_under_an_agreement_says_whom_to_ask() -> None:
    """The shipped experiment names them before anything runs, and every other corpus is fetched or pinned by `auto`."""
    plan = Plan(load_experiment("drbenchmark"))
    lines = list(check_local_files(plan))
    assert len(lines) == 4 and all("does not exist" in line and "; ask the " in line for line in lines)
    assert any(line.startswith("collect.cas_pos_train.path (and 23 more): ") for line in lines), lines
    assert not [line for line in unpinned(plan.experiment) if ".digest is not pinned" in line]
    assert len(plan.experiment.tasks) == 28


def test_a_test_set_that_counts_and_is_not_in_the_answers_is_said_before_the_report(tmp_path, monkeypatch) -> None:
    """Where the settings do not tell the names, the answers do once they are there."""
    monkeypatch.chdir(tmp_path)
    content = yaml.safe_load((ROOT / "tests/support/two_tasks.yaml").read_text(encoding="utf-8"))
    roles = dict.fromkeys(("train", "dev", "test"), "icd10")
    content["tasks"] = {"quaero": {"task": "quaero_entities", "data": roles}}
    content["promote"] = {
        "students": ["student"],
        "teacher": "e5",
        "control": "control",
        "margin": 0.02,
        "tasks": {"quaero": {"datasets": ["EMEA"]}},
    }
    plan = Plan(read_experiment(content))
    assert list(check_counting_sets(plan)) == []
    answered = plan["predict/e5/quaero"]
    for name in ("predict/e5/quaero", "predict/student/quaero"):
        plan[name].folder.mkdir(parents=True)
    made_artifacts.finish(answered, {"test_texts": {"EMEA": 3}})
    assert list(check_counting_sets(plan)) == []
    made_artifacts.finish(plan["predict/student/quaero"], {"test_texts": {"emea": 3}})
    answered.manifest.unlink()
    (line,) = check_counting_sets(plan)
    assert line == "promote.tasks.quaero.datasets: no test set 'EMEA'; known: emea"
