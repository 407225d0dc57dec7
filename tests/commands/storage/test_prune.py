"""Pruning: what nobody refers to goes, what somebody needs or works on stays."""

import base64
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from made_artifacts import CONFIG, finish

from alambic.commands.storage import prune
from alambic.commands.storage.archive import archive
from alambic.commands.storage.folders import DiskUsage
from alambic.commands.storage.prune import Leftover, list_leftovers, remove
from alambic.commands.storage.running import record_plan
from alambic.data.archive_pointer import Pointer
from alambic.errors import UserError
from alambic.jobs.in_progress import head_folder
from alambic.planning.artifact import ARTIFACTS
from alambic.planning.plan import Plan
from alambic.settings import Experiment, read_experiment
from conftest import ROOT

UNUSED = ARTIFACTS / "distill" / "old" / "0123456789abcdef"
HOLD = """
import sys, time
from pathlib import Path
from alambic.jobs.folder_lock import try_lock
try_lock(Path(sys.argv[1]))
print("mine", flush=True)
time.sleep(100)
"""


@pytest.fixture
def smoke(tmp_path, monkeypatch) -> Plan:
    """Finish every artifact of the experiment `smoke` but its report, in a folder of its own; one more is unused."""
    monkeypatch.chdir(tmp_path)
    plan = Plan(experiment())
    for made in plan.values():
        made.folder.mkdir(parents=True)
        (made.folder / "data.bin").write_bytes(b"x" * 1000)
        if made.stage != "report":
            finish(made, {})
    shutil.copytree(plan["distill/student"].folder, UNUSED)
    return plan


@pytest.fixture
def hold():
    """Let another process own a folder."""
    holders = []

    def start(folder: Path) -> subprocess.Popen:
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        holder = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE, text=True, env=env)
        holders.append(holder)
        assert holder.stdout.readline() == "mine\n"
        return holder

    yield start
    for holder in holders:
        holder.kill()
        holder.wait()


def experiment(**changes: object) -> Experiment:
    return read_experiment({**yaml.safe_load((CONFIG / "smoke.yaml").read_text()), **changes})


def run(*arguments: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "alambic", "prune", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def by_path(found: list[Leftover]) -> dict[Path, Leftover]:
    return {one.path: one for one in found}


def test_what_no_experiment_refers_to_is_listed_and_goes_when_asked(smoke):
    listed = run("smoke")
    assert listed.returncode == 0, listed.stderr
    lines = [line for line in listed.stdout.splitlines() if line.startswith("remove")]
    assert len(lines) == 1 and str(UNUSED) in lines[0] and "in 2 files" not in lines[0]
    assert UNUSED.exists() and "--delete" in listed.stdout

    assert run("smoke", "--delete").returncode == 0
    assert not UNUSED.exists() and not UNUSED.parent.exists()
    assert all((made.folder / "data.bin").exists() for made in smoke.values())
    assert "nothing to remove" in run("smoke").stdout


def test_the_default_is_every_experiment_of_the_repository(smoke):
    assert [one.path for one in list_leftovers([]) if one.removable] == [UNUSED]
    assert len([one for one in list_leftovers(["demo"]) if one.removable]) > 1  # those of smoke alone


def test_a_changed_setting_leaves_what_lies_below_it_unused(smoke, tmp_path):
    file = tmp_path / "changed.yaml"
    changed = experiment(evaluate={"resamples": 300})
    file.write_text(changed.model_dump_json(exclude_unset=True))
    going = {one.path for one in list_leftovers([str(file)]) if one.removable}
    assert going == {UNUSED, smoke.report.folder, *(made.folder for made in smoke.values() if made.stage == "evaluate")}


@pytest.mark.parametrize("text", ["{", "name: x\nunknown: 1", "\xff", "name: x\ntasks: {t: {task: icd10_labels}}"])
def test_an_experiment_that_cannot_be_read_stops_everything(smoke, tmp_path, text):
    file = tmp_path / "broken.yaml"
    file.write_bytes(text.encode("latin-1"))
    done = run("smoke", str(file), "--delete")
    assert done.returncode == 1 and "broken.yaml cannot be planned" in done.stderr and "Traceback" not in done.stderr
    assert UNUSED.exists()


def test_a_missing_experiment_stops_everything(smoke):
    assert run("smoke", "nothing.yaml", "--delete").returncode == 1
    assert UNUSED.exists()


def test_state_beside_a_finished_artifact_goes_and_the_artifact_stays(smoke):
    folder = smoke["distill/student"].folder
    (folder / ".checkpoints" / "step1").mkdir(parents=True)
    (folder / ".checkpoints" / "step1" / "state").write_bytes(b"x" * 5000)
    (folder / ".config.json.17.tmp").write_text("half")
    before = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".check", ".config")))
    found = by_path(list_leftovers(["smoke"]))
    assert found[folder / ".checkpoints"].usage == DiskUsage(5000, 1)
    assert run("smoke", "--delete").returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == before
    assert ".manifest" in before


def test_an_unfinished_artifact_that_an_experiment_refers_to_stays(smoke):
    folder = smoke.report.folder
    (folder / ".checkpoints").mkdir()
    found = by_path(list_leftovers(["smoke"]))[folder]
    assert not found.removable and "goes on when its experiment runs again" in found.why
    assert by_path(list_leftovers(["demo"]))[folder].removable


def test_a_folder_in_use_stays(smoke, hold):
    for name in ("manifest.json", ".manifest"):
        (UNUSED / name).unlink()
    holder = hold(UNUSED)
    found = by_path(list_leftovers(["smoke"]))[UNUSED]
    assert not found.removable and str(holder.pid) in found.why
    assert not remove(Leftover(UNUSED, "as listed before it was taken", True))
    assert (UNUSED / "data.bin").exists()
    holder.kill()
    holder.wait()
    assert by_path(list_leftovers(["smoke"]))[UNUSED].removable


def test_what_a_running_experiment_needs_stays_though_its_file_changed(smoke, hold):
    record_plan(Plan(experiment()))
    evaluated = [made.folder for made in smoke.values() if made.stage == "evaluate"]
    hold(head_folder(smoke))
    assert not {*evaluated} & {one.path for one in list_leftovers(["demo"]) if one.removable}
    (head_folder(smoke) / "folders.json").unlink()
    with pytest.raises(UserError, match="what it needs is not known"):
        list_leftovers(["demo"])


def test_what_a_live_job_of_a_dead_head_needs_stays(smoke, hold):
    record_plan(smoke)
    hold(smoke.report.folder)
    assert [one.path for one in list_leftovers(["demo"]) if one.removable] == [UNUSED]


def test_a_removal_that_was_killed_is_completed(smoke):
    half = UNUSED.with_name(f".pruned-{UNUSED.name}")
    UNUSED.rename(half)
    (half / "manifest.json").unlink()
    assert by_path(list_leftovers(["smoke"]))[half].removable
    assert run("smoke", "--delete").returncode == 0
    assert not half.exists()


def test_a_linked_folder_loses_its_link_only(smoke, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    UNUSED.rename(elsewhere)
    UNUSED.symlink_to(elsewhere)
    assert run("smoke", "--delete").returncode == 0
    assert not UNUSED.is_symlink() and (elsewhere / "data.bin").exists()


def test_an_unused_artifact_may_go_while_its_archive_stays(smoke, tmp_path):
    made = smoke["distill/student"]
    for file in made.folder.iterdir():
        file.unlink()
    (made.folder / "data.bin").write_bytes(os.urandom(2_000_000))
    finish(made, {})
    archive(made.folder, tmp_path / "archive")
    tar = Path(Pointer.of(made.folder).tar)
    assert [one.path for one in list_leftovers(["smoke"]) if one.removable] == [UNUSED]

    found = by_path(list_leftovers(["demo"]))[made.folder]
    assert found.removable and f"{tar} stays" in found.why
    assert remove(found) and not made.folder.exists() and tar.exists()


def test_records_of_files_that_are_gone_go(smoke):
    records = Path(".snakemake/metadata")
    records.mkdir(parents=True)
    names = [str(smoke["distill/student"].manifest), str(UNUSED.parent / "fedcba9876543210" / "manifest.json")]
    files = [records / base64.urlsafe_b64encode(name.encode()).decode() for name in names]
    for file in files:
        file.write_text("{}")
    assert run("smoke", "--delete").returncode == 0
    assert [file.exists() for file in files] == [True, False]


def test_without_experiments_nothing_is_removed(smoke, tmp_path, monkeypatch):
    monkeypatch.setattr(prune, "EXPERIMENTS", tmp_path)
    with pytest.raises(UserError, match="everything would count as unused"):
        list_leftovers([])
