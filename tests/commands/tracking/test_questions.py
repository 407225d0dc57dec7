"""The questions that a laboratory asks MLflow about its students, asked with MLflow's own search."""

import contextlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest
from made_artifacts import demo, finish, make_all

from alambic.commands.tracking import track
from alambic.commands.tracking.provenance import Provenance
from alambic.commands.tracking.registry import ALIAS, FILE, promoted, registered_name
from alambic.data.artifact import complete
from alambic.data.energy import Energy
from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.planning.plan import Plan

KWH, GRAMS = 0.002, 0.1  # of every job


def measured(plan: Plan) -> None:
    """Write into each manifest what its job used, as a job does; the control came out of changed files."""
    for artifact in plan.values():
        record = Manifest.read(artifact.manifest)
        energy = Energy(cpu_kwh=KWH, co2e_g=GRAMS, method="tdp", seconds=1.0).record()
        commit = "38c226122e61" + "-dirty" * (artifact.name == "distill/control")
        complete(artifact.folder, replace(record, run={**record.run, "energy": energy, "commit": commit}))


def decide(plan: Plan, names: list[str]) -> None:
    (plan.report.folder / FILE).write_text(json.dumps({"promoted": names}))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Plan, Path]:
    """A store with the whole demo, measured and decided upon; its client, plan and folder."""
    folder = tmp_path_factory.mktemp("asked")
    uri = f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}"
    with contextlib.chdir(folder):
        plan = make_all(demo())
        measured(plan)
        decide(plan, ["student_taught"])
        track(demo(), uri=uri)
    return mlflow.MlflowClient(tracking_uri=uri), plan, folder


def experiment_of(client: Any) -> str:
    return str(client.get_experiment_by_name("demo").experiment_id)


def test_which_student_is_best_on_a_task_at_a_size_and_what_it_rests_on(asked):
    client, plan, _ = asked
    (best,) = client.search_runs(
        [experiment_of(client)],
        "tags.stage = 'evaluate' and tags.role = 'student' and tags.task = 'icd_chapter' and tags.current = 'yes' "
        "and tags.reproducible = 'yes' and metrics.parameters < 20000000",
        order_by=["metrics.score DESC"],
        max_results=1,
    )
    tags, metrics = best.data.tags, best.data.metrics
    assert tags["model"] == "student_taught" and metrics["score"] > 0.8  # the teacher, larger, scores more
    assert tags["commit"] == "38c226122e61" and tags["reproducible"] == "yes"
    for name in ("distill/student", "clean/medical", "collect/icd10", "fetch/e5"):
        assert f"{name}@{plan[name].fingerprint[:8]}" in tags["made_from"], name
    behind = {each.fingerprint: each for each in all_behind(plan["evaluate/student_taught/icd_chapter"])}
    assert metrics["cost.kwh"] == pytest.approx(KWH * len(behind))
    assert metrics["cost.co2e_g"] == pytest.approx(GRAMS * len(behind))
    hours = sum(Manifest.read(asked[2] / each.manifest).run["seconds"] for each in behind.values()) / 3600
    assert metrics["cost.hours"] == pytest.approx(hours)
    assert best.info.end_time > best.info.start_time


def all_behind(artifact: Any) -> list[Any]:
    return [artifact, *(each for upstream in artifact.upstream for each in all_behind(upstream))]


def test_a_student_of_changed_files_is_not_reproducible_and_says_which(asked):
    client, _, _ = asked
    runs = client.search_runs([experiment_of(client)], "tags.stage = 'evaluate' and tags.reproducible = 'no'")
    assert {run.data.tags["model"] for run in runs} == {"control"}
    assert all(run.data.tags["role"] == "control" for run in runs)
    reasons = runs[0].data.tags["reproducible.reasons"]
    assert "distill/control: made from changed files (38c226122e61-dirty)" in reasons


def test_logged_models_are_found_by_size_and_by_their_score_on_a_dataset(asked):
    client, _, _ = asked
    digest = next(
        each.dataset.digest
        for run in client.search_runs(
            [experiment_of(client)], "tags.item = 'student/icd_chapter' and tags.stage = 'evaluate'"
        )
        for each in run.inputs.dataset_inputs
        if each.dataset.name == "icd_chapter.long"
    )
    models = client.search_logged_models(
        [experiment_of(client)],
        filter_string="metrics.parameters < 20000000 and tags.role = 'student'",
        order_by=[
            {
                "field_name": "metrics.score.long.test.accuracy",
                "ascending": False,
                "dataset_name": "icd_chapter.long",
                "dataset_digest": digest,
            }
        ],
    )
    assert [model.name for model in models] == ["student_taught", "student"]
    tags = models[0].tags
    assert tags["reproducible"] == "yes" and "distill/student@" in tags["made_from"] and tags["commit"]


def test_promoted_students_have_a_version_and_an_alias(asked):
    client, plan, _ = asked
    name = registered_name("demo", "student_taught")
    version = client.get_model_version_by_alias(name, ALIAS)
    assert version.version == "1" or version.version == 1
    origin = plan["finetune/student_taught/icd_chapter/seed1"]
    assert version.tags["fingerprint"] == origin.fingerprint and version.tags["reproducible"] == "yes"
    (model,) = [m for m in client.search_logged_models([experiment_of(client)]) if m.name == "student_taught"]
    assert version.source == f"models:/{model.model_id}" or version.model_id == model.model_id
    assert [each.name for each in client.search_registered_models()] == [name]


def test_tracking_again_makes_no_second_version_and_a_student_loses_what_it_lost(asked, tmp_path, monkeypatch):
    _, plan, folder = asked
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    uri = f"sqlite:///{tmp_path / 'copy' / 'mlflow' / 'mlflow.db'}"
    client = mlflow.MlflowClient(tracking_uri=uri)
    track(demo(), uri=uri)
    name = registered_name("demo", "student_taught")
    assert len(client.search_model_versions(f"name = '{name}'")) == 1
    decide(plan, ["student"])
    track(demo(), uri=uri)
    assert not client.get_registered_model(name).aliases, "it is promoted no more; the version stays"
    assert len(client.search_model_versions(f"name = '{name}'")) == 1
    assert client.get_model_version_by_alias(registered_name("demo", "student"), ALIAS)


def test_a_report_that_decides_nothing_registers_nothing_and_a_damaged_one_is_told(tmp_path):
    assert promoted(tmp_path) is None
    (tmp_path / FILE).write_text("{}")
    with pytest.raises(UserError, match="damaged"):
        promoted(tmp_path)


def test_what_the_experiment_itself_used(asked):
    client, plan, _ = asked
    (root,) = client.search_runs([experiment_of(client)], "tags.stage = 'experiment'")
    assert root.data.metrics["energy.kwh"] == pytest.approx(KWH * len({each.fingerprint for each in plan.values()}))


def test_open_pins_are_reasons(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(demo())
    origin = plan["distill/student"]
    finish_all = [plan[name] for name in ("collect/icd10", "fetch/e5")]
    for made in finish_all:
        made.folder.mkdir(parents=True)
        finish(made, {})
    provenance = Provenance(plan)
    assert provenance.why_not_reproducible(origin) == []
    provenance.open_pins = ["fetch.e5.revision", "collect.elsewhere.sha256"]
    assert provenance.why_not_reproducible(origin) == ["fetch.e5.revision is not pinned"]
