"""Finished artifacts stay, though the modules of the code that made them had other names."""

import re
from hashlib import sha256

import made_artifacts
import pytest

from alambic.commands.explain_plan import adopt, explain
from alambic.commands.storage.running import record_plan
from alambic.data.artifact import amend_run
from alambic.data.manifest import Manifest
from alambic.jobs.forecast_file import EXPERIMENT
from alambic.planning import artifact, equivalent_code
from alambic.planning.plan import Plan
from alambic.settings import Settings, used_plugins


def earlier_sources(stage: str, section: Settings) -> dict[str, str]:
    """Name modules as the code before did: stages in the root, tasks loose in their folder, whole modules."""
    folders = {"tasks.datasets": "tasks", "tasks.perturb.perturbations": "perturb.perturbations"}
    modules = [f"alambic.{stage}.run", "alambic.manifest", "alambic.training.watchdog"]
    for folder, name in used_plugins(section):
        modules.append(f"alambic.{folders.get(folder, folder.removeprefix('stages.'))}.{name}")
    return {module: sha256(module.encode()).hexdigest() for module in modules}


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """Fill a folder with the demo's artifacts as the code before wrote them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(equivalent_code, "LEDGER", tmp_path / "adopted.jsonl")
    equivalent_code._table.cache_clear()
    experiment = made_artifacts.demo()
    with monkeypatch.context() as earlier:
        earlier.setattr(artifact, "sources_of", earlier_sources)
        for made in Plan(experiment).values():
            made.folder.mkdir(parents=True)
            made_artifacts.finish(made, {})
    yield experiment
    equivalent_code._table.cache_clear()


def to_run(experiment) -> list[str]:
    return [name for name, made in Plan(experiment).items() if not made.manifest.exists()]


def test_artifacts_of_another_layout_are_carried_over(experiment):
    assert to_run(experiment) == list(Plan(experiment)), "the code differs, so all would be made anew"
    lines = list(adopt(experiment, why="the folders have another order"))
    assert to_run(experiment) == []
    assert f"{len(Plan(experiment))} ready" in "\n".join(explain(Plan(experiment)))
    codes = {(made.stage, frozenset(made.sources.items())) for made in Plan(experiment).values()}
    assert len(lines) == len(codes) + 1, "a line for each code, and one that counts them"
    for made in Plan(experiment).values():
        assert Manifest.read(made.manifest).fingerprint == made.fingerprint


def test_once_more_there_is_nothing_to_adopt(experiment):
    list(adopt(experiment, why="the folders have another order"))
    assert [line.split(";")[0] for line in adopt(experiment, why="again")] == ["0 adopted"]


def test_a_damaged_manifest_is_left_out_and_named(experiment, tmp_path):
    damaged = tmp_path / "artifacts" / "clean" / "medical" / "0123456789abcdef" / "manifest.json"
    damaged.parent.mkdir()
    damaged.write_bytes(b"\xff")
    lines = list(adopt(experiment, why="the folders have another order"))
    assert to_run(experiment) == []
    (line,) = (line for line in lines if line.startswith("left out"))
    assert "clean/medical/0123456789abcdef/manifest.json is damaged" in line


def test_what_has_other_settings_is_not_adopted(experiment):
    teach = experiment.teach["e5_states"].model_copy(update={"documents_per_shard": 17})
    other = experiment.model_copy(update={"teach": {**experiment.teach, "e5_states": teach}})
    list(adopt(other, why="the folders have another order"))
    assert "teach/e5_states" in to_run(other)
    assert "clean/medical" not in to_run(other)
    below = {"teach", "distill", "finetune", "predict", "evaluate", "speed", "report"}
    assert {name.split("/")[0] for name in to_run(other)} == below


def with_share(experiment, name: str, share: float):
    """Give the experiment another name, and another share of the texts that its corpus takes."""
    clean = experiment.clean["medical"]
    steps = {**clean.steps, "sample": {**clean.steps["sample"], "share": share}}
    changed = clean.model_copy(update={"steps": steps})
    return experiment.model_copy(update={"name": name, "clean": {**experiment.clean, "medical": changed}})


def finish(artifact, experiment: str = "") -> None:
    artifact.folder.mkdir(parents=True)
    made_artifacts.finish(artifact, {})
    if experiment:
        amend_run(artifact.manifest, {EXPERIMENT: experiment})


def line_of(experiment, name: str = "clean/medical") -> str:
    return next(line for line in explain(Plan(experiment)) if line.startswith(name))


@pytest.mark.parametrize("how", ["the records of its runs", "its manifest"])
def test_an_item_is_explained_by_the_artifacts_of_its_own_experiment(tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    demo = made_artifacts.demo()
    small, large, new = (with_share(demo, *given) for given in (("small", 0.1), ("large", 0.5), ("large", 0.7)))
    for experiment in (large, small):  # the other experiment's is the newest
        finish(Plan(experiment)["clean/medical"], experiment.name if how == "its manifest" else "")
        if how == "the records of its runs":
            record_plan(Plan(experiment))
    assert line_of(small).endswith("ready")
    assert re.search(r'"share": 0\.5.* -> .*"share": 0\.7', line_of(new))
    third = with_share(demo, "third", 0.9)
    assert line_of(third).endswith("run    never made (experiment large, small has an item of that name)")


def test_what_another_experiment_made_and_this_one_used_is_its_own_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = (with_share(made_artifacts.demo(), name, 0.1) for name in ("first", "second"))
    finish(Plan(first)["clean/medical"], "first")
    record_plan(Plan(second))
    assert re.search(r'"share": 0\.1.* -> .*"share": 0\.2', line_of(with_share(first, "second", 0.2)))
