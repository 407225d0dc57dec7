"""One command as several ranks: here, and over the nodes of a Slurm job."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alambic.errors import UserError
from alambic.runtime.ranks import Ranks

pytest_plugins = ["slurm_cluster"]

SCRIPTS = Path(__file__).parents[1] / "scripts"
LAUNCH = SCRIPTS / "launch.sh"
WANTED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "OMP_NUM_THREADS")
# Each rank writes its line at once: with PYTHONUNBUFFERED, `print` would write the parts, and ranks would mix theirs.
SHOW = f"""
import json, os, sys
found = {{name: os.environ.get(name) for name in {(*WANTED, "SLURMD_NODENAME")!r}}}
sys.stdout.write("ENV " + json.dumps(found) + "\\n")
sys.stdout.flush()
"""
ALL_REDUCE = """
import sys
import torch
from torch import distributed
from alambic.runtime.ranks import Ranks
ranks = Ranks.from_environment()
distributed.init_process_group("gloo")
total = torch.tensor([10.0 ** ranks.rank])
distributed.all_reduce(total)
sys.stdout.write(f"SUM {int(total.item())}\\n")
sys.stdout.flush()
distributed.destroy_process_group()
"""
# What the executor's job step leaves of Slurm's variables.
SCRUB = (
    "for name in $(env | grep -oE '^(SLURM|SRUN|SBATCH)_[A-Z0-9_]*'); do [ $name = SLURM_JOB_ID ] || unset $name; done"
)


def launch(*options: str, program: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    command = [LAUNCH, *options, "--", sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def shown(output: str) -> list[dict[str, str]]:
    found = [json.loads(line.removeprefix("ENV ")) for line in output.splitlines() if line.startswith("ENV ")]
    return sorted(found, key=lambda environment: int(environment["RANK"]))


def test_a_lone_rank_is_the_command_itself():
    done = launch("--threads", "3", program=SHOW)
    (environment,) = shown(done.stdout)
    assert done.returncode == 0
    assert [environment[name] for name in WANTED[:4]] == ["0", "1", "0", "1"]
    assert environment["OMP_NUM_THREADS"] == "3"


def test_ranks_on_one_node_agree_on_the_meeting_point():
    done = launch("--ranks", "3", "--launcher", "local", program=SHOW)
    environments = shown(done.stdout)
    assert [(e["RANK"], e["LOCAL_RANK"]) for e in environments] == [("0", "0"), ("1", "1"), ("2", "2")]
    assert {(e["WORLD_SIZE"], e["LOCAL_WORLD_SIZE"], e["MASTER_ADDR"]) for e in environments} == {
        ("3", "3", "127.0.0.1")
    }
    assert len({e["MASTER_PORT"] for e in environments}) == 1


def test_launches_side_by_side_meet_at_different_ports():
    wait = SHOW + "import time; time.sleep(1)"
    command = [LAUNCH, "--ranks", "2", "--", sys.executable, "-c", wait]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ports = [{e["MASTER_PORT"] for e in shown(process.communicate(timeout=300)[0])} for process in both]
    assert ports[0].isdisjoint(ports[1])


def test_a_failing_rank_ends_the_others_and_gives_its_status():
    program = "import os, time; time.sleep(100_000) if os.environ['RANK'] != '1' else os._exit(7)"
    assert launch("--ranks", "3", program=program).returncode == 7


def test_no_failure_is_lost_when_ranks_end_together():
    done = launch("--ranks", "4", program="import os; os._exit(3 * (os.environ['RANK'] == '3'))")
    assert done.returncode == 3


def test_ending_a_launch_ends_its_ranks(tmp_path: Path):
    program = f"import os, time; open(rf'{tmp_path}/' + str(os.getpid()), 'w'); time.sleep(100_000)"
    process = subprocess.Popen([LAUNCH, "--ranks", "2", "--", sys.executable, "-c", program])
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 128 + signal.SIGTERM
    assert not [file for file in tmp_path.iterdir() if Path("/proc", file.name, "stat").exists()]


def test_the_warning_before_the_wall_time_reaches_every_rank(tmp_path: Path):
    program = f"""
import os, signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))
open(r'{tmp_path}/' + os.environ["RANK"], "w")
time.sleep(100_000)
sys.exit(9)"""
    process = subprocess.Popen([LAUNCH, "--ranks", "2", "--", sys.executable, "-c", program])
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGUSR1)
    assert process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--rank", "2", "--", "true"], "--rank"),
        (["--ranks", "two", "--", "true"], "two"),
        (["--ranks", "0", "--", "true"], "0"),
        (["--ranks", "2", "--"], "no command"),
        (["--ranks", "2"], "--"),
        (["--nodes", "2", "--", "true"], "srun"),
        (["--nodes", "2", "--launcher", "mpirun", "--", "true"], "mpirun"),
        (["--nodes", "2", "--launcher", "srun", "--", "true"], "inside a Slurm job"),
    ],
)
def test_a_wrong_launch_says_what_is_wrong(arguments: list[str], complaint: str):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
    done = subprocess.run([LAUNCH, *arguments], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_scripts_pass_shellcheck():
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck here: apt-get install shellcheck")
    scripts = sorted(SCRIPTS.glob("*.sh"))
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


GIVEN = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "jean", "MASTER_PORT": "10001"}


def test_ranks_are_read_from_the_environment():
    assert Ranks.from_environment(GIVEN) == Ranks(rank=5, world_size=8, local_rank=1)


@pytest.mark.parametrize("environment", [{}, {"MASTER_ADDR": "jean"}, {"RANK": ""}])
def test_a_plain_process_is_rank_0_of_1(environment: dict[str, str]):
    assert Ranks.from_environment(environment) == Ranks(rank=0, world_size=1, local_rank=0)


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_variable_is_named(name: str):
    partial = {key: value for key, value in GIVEN.items() if key != name}
    with pytest.raises(UserError, match=f"{name} is missing"):
        Ranks.from_environment(partial)


@pytest.mark.parametrize(("name", "value"), [("RANK", "8"), ("RANK", "-1"), ("RANK", "x"), ("LOCAL_RANK", "6")])
def test_impossible_ranks_are_refused(name: str, value: str):
    with pytest.raises(UserError, match=f"{name}='?{value}"):
        Ranks.from_environment({**GIVEN, name: value})


@pytest.mark.slow
def test_ranks_on_one_node_compute_together():
    done = launch("--ranks", "2", program=ALL_REDUCE, timeout=120)
    assert done.stdout.split() == ["SUM", "11", "SUM", "11"], done.stderr


def submit(cluster, folder: Path, program: str) -> tuple[int, str]:
    """Run a program as 2 x 2 ranks in a Slurm job, as a rule does; return its status and output."""
    script, output = folder / "job.sh", folder / "out.txt"
    (folder / "program.py").write_text(program)
    ranks = f"{LAUNCH} --nodes 2 --ranks 2 --threads 1 --launcher srun -- {sys.executable} {folder}/program.py"
    script.write_text(f"#!/bin/bash\n{SCRUB}\n{ranks}\n")
    geometry = [
        "--nodes=2",
        "--ntasks-per-node=2",
        "--cpus-per-task=1",
        "--gres=gpu:2",
        "--partition=gpu_p6",
        "--time=5",
    ]
    done = cluster.run("sbatch", "--wait", f"--output={output}", *geometry, script, cwd=folder, timeout=180)
    return done.returncode, output.read_text()


@pytest.mark.slow
def test_srun_places_ranks_on_every_node(cluster, tmp_path: Path):
    status, output = submit(cluster, tmp_path, SHOW)
    environments = shown(output)
    assert status == 0, output
    assert [(e["RANK"], e["LOCAL_RANK"], e["SLURMD_NODENAME"]) for e in environments] == [
        ("0", "0", "gpu1"),
        ("1", "1", "gpu1"),
        ("2", "0", "gpu2"),
        ("3", "1", "gpu2"),
    ]
    assert {(e["WORLD_SIZE"], e["LOCAL_WORLD_SIZE"], e["OMP_NUM_THREADS"]) for e in environments} == {("4", "2", "1")}
    assert {e["MASTER_ADDR"] for e in environments} == {"127.0.0.1"}  # the node's address: its name resolves nowhere


@pytest.mark.slow
def test_ranks_on_two_nodes_compute_together(cluster, tmp_path: Path):
    status, output = submit(cluster, tmp_path, ALL_REDUCE)
    assert status == 0, output
    assert output.count("SUM 1111") == 4


@pytest.mark.slow
def test_a_rank_failing_on_slurm_ends_the_others_and_gives_its_status(cluster, tmp_path: Path):
    program = "import os, time\nif os.environ['RANK'] == '2': os._exit(3)\ntime.sleep(100_000)"
    status, output = submit(cluster, tmp_path, program)
    assert status == 3, output
