"""The doctor without Slurm: what it reads in a profile, and what it says of this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alambic.commands.doctor.job_request import JobRequest, parse_limit, parse_runtime
from alambic.commands.doctor.machine import GIGABYTES, HOSTS, reaches
from alambic.commands.doctor.profile import read_profile
from alambic.commands.doctor.sizes import cores_of, gres_of
from alambic.errors import UserError
from test_profiles import ENVIRONMENT, ROOT, RULES, SITES, record


def doctor(site: str | Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alambic", "doctor", "--site", str(site), *options]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)


def test_a_machine_without_slurm():
    done = doctor("local")
    lines = done.stdout.splitlines()
    wrong = [line for line in lines if line.startswith("wrong")]
    # What this machine lacks differs from one to the next: no network, or little room.
    lacking = [] if all(reaches(host) for host in HOSTS) else ["network here"]
    lacking += ["bytes"] if shutil.disk_usage(ROOT).free < GIGABYTES * 1e9 else []
    assert [line.split("  ")[-1].split(":")[0].strip() for line in wrong] == lacking, done.stdout
    assert done.returncode == bool(lacking)
    assert [line for line in lines if "torch: 2" in line], "torch was imported"
    assert "partition" not in done.stdout


def test_a_slurm_site_where_there_is_no_slurm(tmp_path: Path):
    done = doctor("slurm/generic", PATH=str(tmp_path), ALAMBIC_ACCOUNT="abc", ALAMBIC_CPU_PARTITION="some")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0].startswith("wrong        programs: no sbatch, squeue,")
    assert "variable ALAMBIC_GPU_PARTITION: unset" in lines[1]
    assert "variable ALAMBIC_ACCOUNT" not in done.stdout
    assert "not checked  QoS: Slurm does not answer here" in lines


@pytest.mark.parametrize("site", ["slurm/jean-zay", "nowhere"])
def test_an_unknown_site_is_named(site: str):
    with pytest.raises(UserError, match=f"no site '{site}'.*slurm/jean-zay-h100"):
        read_profile(site)


@pytest.mark.parametrize("site", SITES)
def test_a_trial_asks_for_what_the_executor_asks_for(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    profile = read_profile(f"slurm/{site}")
    recorded = record(site, tmp_path)
    beside = {"--job-name", "--output", "--export", "--comment", "--chdir", "--wrap", "--parsable", "--no-requeue"}
    for rule in RULES:
        asked = {name: value for name, value in recorded[rule].flags.items() if name not in beside}
        mine = (option.partition("=") for option in profile.request_of(rule).options())
        assert {name: value for name, _, value in mine} == asked, f"{site}, {rule}"


@pytest.mark.parametrize(
    ("text", "minutes"), [("20", 20), ("4h", 240), ("1d", 1440), ("90s", 1.5), ("1.5h", 90), ("30 min", 30)]
)
def test_runtimes(text: str, minutes: float):
    assert parse_runtime(text) == minutes


@pytest.mark.parametrize(
    ("text", "minutes"), [("4-04:00:00", 6000), ("20:00:00", 1200), ("10:30", 10.5), ("UNLIMITED", None), ("", None)]
)
def test_limits(text: str, minutes: float | None):
    assert parse_limit(text) == minutes


@pytest.mark.parametrize(
    ("shown", "asked", "number"),
    [
        ("gpu:h100:4(S:0-1)", "gpu:2", 4),
        ("gpu:4", "gpu", 4),
        ("gpu:a100:8(S:0,1),nvme:1", "gpu:a100:8", 8),
        ("gpu:a100:2,gpu:v100:3", "gpu:v100:1", 3),
        ("gpu:3g.20gb:4", "gpu:3g.20gb:1", 4),
        ("gpu:h100:4", "gpu:a100:1", 0),
        ("(null)", "gpu:1", 0),
    ],
)
def test_gpus_of_a_node(shown: str, asked: str, number: int):
    assert gres_of({"Gres": shown}, JobRequest(("teach",), {"gres": asked}, threads=1)) == number


@pytest.mark.parametrize(("extra", "cores"), [("", 192), ("--hint=nomultithread", 96)])
def test_cores_of_a_node(extra: str, cores: int):
    node = {"CPUTot": "192", "ThreadsPerCore": "2"}
    assert cores_of(node, JobRequest(("teach",), {"slurm_extra": extra}, threads=1)) == cores
