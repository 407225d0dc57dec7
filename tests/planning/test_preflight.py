"""Files that an experiment names are looked for before anything runs, beside the experiment's own file."""

import copy
from pathlib import Path

import pytest
import yaml

from alambic.commands.explain_plan import explain
from alambic.data.local_data import folder_digest
from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.planning.preflight import check_before_running, check_local_files
from alambic.settings import read_experiment
from alambic.settings.experiment_file import load_experiment

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
        lines.extend(explain(load_experiment(str(study))))
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
    assert len(plan.experiment.tasks) == 28
