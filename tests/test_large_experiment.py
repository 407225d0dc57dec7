"""What grows with an experiment goes through files: a campaign of more than a thousand artifacts, with long names."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from alambic.jobs.plan_file import read_job, write_plan
from alambic.planning.plan import Plan
from alambic.settings import read_experiment
from conftest import ROOT
from support import made_artifacts

LIMIT = 128 * 1024  # bytes of one argument that Linux allows
STUDENTS, TASKS, SEEDS = 20, 8, 5


def campaign() -> dict:
    """Make a campaign out of the experiment smoke: 20 students and their teacher, 8 tasks, 5 seeds."""
    smoke = yaml.safe_load((ROOT / "config" / "experiments" / "smoke.yaml").read_text())
    student, task = smoke["distill"]["student"], smoke["tasks"]["icd_chapter"]
    names = [f"student_of_six_layers_with_a_name_that_says_all_of_it_{number:02d}" for number in range(STUDENTS)]
    tasks = [f"quaero_entities_of_the_titles_of_medline_{number}" for number in range(TASKS)]
    return {
        **smoke,
        "name": "campaign",
        "distill": {name: {**student, "seed": number} for number, name in enumerate(names)},
        "tasks": {name: {**task, "test_limit": 100 + number} for number, name in enumerate(tasks)},
        "finetune": {**smoke["finetune"], "models": ["e5", *names], "seeds": list(range(1, SEEDS + 1))},
        "report": {},
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give a folder with all the campaign's artifacts but the report, and the plan."""
    folder = tmp_path_factory.mktemp("campaign")
    plan = Plan(read_experiment(campaign()))
    (folder / "campaign.yaml").write_text(yaml.safe_dump(campaign(), sort_keys=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(made_artifacts, "DATASETS", defaultdict(lambda: ("long",)))
        patch.setattr(made_artifacts, "QUALITY", defaultdict(lambda: 0.8))
        patch.setattr(made_artifacts, "write_journal", lambda *_, **__: None)
        for artifact in plan.values():
            if artifact.stage != "report":
                made_artifacts.fill(artifact)
    return folder, plan


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_campaign_of_a_thousand_artifacts_gets_its_report(made):
    folder, plan = made
    assert len(plan) > 1000 and len(plan.report.settings.model_dump_json()) > LIMIT
    snakemake = [
        *("snakemake", "--snakefile", str(ROOT / "Snakefile"), "--configfile", "campaign.yaml"),
        *("--profile", str(ROOT / "profiles" / "local.yaml"), "--until", "publish"),
    ]
    said = run(folder, *snakemake, "--dry-run", "--printshellcmds")
    commands = [line for line in said.splitlines() if "python -m alambic" in line]
    assert len(commands) == 2 and all(len(command) < 1000 for command in commands)
    assert not (folder / ".snakemake" / "alambic").exists(), "a dry run writes nothing of ours"
    run(folder, *snakemake)
    assert len(json.loads((folder / "results" / "campaign" / "artifacts.json").read_text())) == len(plan)


def test_names_stand_once_in_the_settings_of_a_report():
    report = Plan(read_experiment(campaign())).report
    assert report.settings.model_dump_json().count(f'"{report.settings.items[-1]}"') == 1


def test_each_job_finds_its_settings_and_inputs_in_one_small_set_of_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(read_experiment(campaign()))
    path = write_plan(plan)
    assert path == write_plan(plan) and len(list(path.parent.iterdir())) == 1
    for artifact in [plan.report, *list(plan.values())[::100]]:
        settings, inputs = read_job(path, artifact.manifest)
        assert type(artifact.settings).model_validate_json(settings) == artifact.settings
        assert inputs == [f"{role}={each.manifest}" for role, of in artifact.inputs.items() for each in of]
