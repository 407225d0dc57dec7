"""The doctor on a real Slurm: a site that is right, and each thing that can be wrong with it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest_plugins = ["slurm_cluster"]
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def doctor(cluster, site: str | Path, *options: str, timeout: float = 200, **variables: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "alambic", "doctor", "--site", str(site), *options]
    environment = {**cluster.environment, **variables}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def wrong(lines: list[str]) -> list[str]:
    # Jean Zay's modules are nowhere else.
    return [line.removeprefix("wrong").strip() for line in lines if line.startswith("wrong") and "module" not in line]


def queued(cluster) -> str:
    return cluster.run("squeue", "--noheader", "--states=all", "--format=%i %j").stdout


def test_the_test_cluster_is_as_its_profile_says(cluster):
    before = queued(cluster)
    status, lines = doctor(cluster, "slurm/test-cluster")
    assert (status, wrong(lines)) == (0, []), lines
    for what in (
        r"partition gpu_p6",
        r"nodes on gpu_p6 \(.*distill",
        r"wall limit \(.*distill",
        "MinJobAge",
        "submission",
    ):
        assert [line for line in lines if line.startswith("ok") and re.search(what, line)], what
    assert len([line for line in lines if "trial submission" in line and "to start at" in line]) == 6  # kinds of jobs
    assert queued(cluster) == before, "a trial leaves nothing in the queue"


def test_the_profile_of_jean_zay_is_right_where_its_accounts_are(accounted_cluster):
    status, lines = doctor(accounted_cluster, "slurm/jean-zay-h100", IDRPROJ="abc")
    assert wrong(lines) == []
    assert status == 1, "the module that the documentation names is not here"
    assert [line for line in lines if line.startswith("ok") and "account abc@h100" in line]
    assert [line for line in lines if line.startswith("ok") and "QoS qos_gpu_h100-t3" in line]


def test_an_unset_variable_is_named(accounted_cluster):
    status, lines = doctor(accounted_cluster, "slurm/jean-zay-h100", IDRPROJ="")
    assert status == 1, "set to nothing, it makes the account @cpu"
    assert any("account @cpu" in line for line in wrong(lines))


# What is changed of a GPU rule of the right profile, then what must be said.
WRONG = [
    ({"slurm_account": "abc@v100"}, "account abc@v100 ({rule}): is none of yours; did you mean 'abc@h100'?"),
    ({"slurm_partition": "gpu_p7"}, "partition gpu_p7 ({rule}): does not exist; did you mean 'gpu_p6'?"),
    ({"qos": "qos_gpu-t3"}, "QoS qos_gpu-t3 ({rule}): does not exist"),
    ({"qos": "qos_gpu_h100-t4"}, "QoS qos_gpu_h100-t4 ({rule}): is not allowed with account abc@h100"),
    ({"constraint": "a100"}, "constraint on gpu_p6 ({rule}): no node has a100; they have: h100"),
    ({"gres": "gpu:8"}, "GPUs on gpu_p6 ({rule}): gpu:8 asked of each node; the most that one has is 4"),
    ({"gres": "gpu:a100:1"}, "GPUs on gpu_p6 ({rule}): gpu:a100:1 asked of each node; the most that one has is 0"),
    ({"runtime": "30h"}, "wall limit ({rule}): 30 h asked; QoS qos_gpu_h100-t3 allows 20 h ->"),
    ({"runtime": "120h", "qos": "normal"}, "wall limit ({rule}): 120 h asked; partition gpu_p6 allows 100 h ->"),
    ({"nodes": 3}, "nodes on gpu_p6 ({rule}): 3 with 24 cores, gpu:1, h100 asked; 2 fit"),
    ({"cpus_per_task": 97}, "cores on gpu_p6 ({rule}): 97 asked of each node; the most that one has is 96"),
]
RULES = ("predict", "finetune", "teach")


@pytest.mark.parametrize("first", range(0, len(WRONG), len(RULES)))
def test_what_is_wrong_is_named(accounted_cluster, tmp_path: Path, first: int):
    profile = yaml.safe_load((ROOT / "profiles/slurm/jean-zay-h100.yaml").read_text())
    expected = []
    for rule, (change, said) in zip(RULES, WRONG[first:], strict=False):
        profile["set-resources"][rule] = profile["set-resources"][rule] | change  # others may be the same mapping
        expected.append(said.format(rule=rule))
    site = tmp_path / "changed.yaml"
    site.write_text(yaml.safe_dump(profile))
    status, lines = doctor(accounted_cluster, site, IDRPROJ="abc")
    found = [line for line in wrong(lines) if not line.startswith("trial")]
    assert status == 1
    assert len(found) == len(expected), found
    for said in expected:
        [line] = [line for line in found if line.startswith(said)]
        assert str(site) in line, "and it is said where to change it"


def test_a_slow_poll_and_a_trap_in_the_environment_are_found(cluster, tmp_path: Path):
    profile = yaml.safe_load((ROOT / "profiles/slurm/test-cluster.yaml").read_text())
    profile["slurm-init-seconds-before-status-checks"] = 1201  # MinJobAge is 3600
    site = tmp_path / "slow.yaml"
    site.write_text(yaml.safe_dump(profile))
    _, lines = doctor(cluster, site, SBATCH_PARTITION="cpu_p1")
    found = "\n".join(wrong(lines))
    assert "MinJobAge: 3600 s" in found
    assert "status-checks: 1200` or less" in found
    assert "environment: SBATCH_PARTITION changes" in found


def test_a_partition_that_is_down_is_found(cluster):
    cluster.run("scontrol", "update", "PartitionName=prepost", "State=DOWN")
    try:
        _, lines = doctor(cluster, "slurm/test-cluster")
    finally:
        cluster.run("scontrol", "update", "PartitionName=prepost", "State=UP")
    assert any(line.startswith("partition prepost (collect, fetch): is DOWN") for line in wrong(lines)), lines


def test_the_probes_ask_from_jobs(cluster):
    status, lines = doctor(cluster, "slurm/test-cluster", "--probe-jobs", "--probe-ranks", timeout=500)
    found = "\n".join(lines)
    assert "ok           job on prepost: may submit jobs: yes" in found
    assert "job on prepost: network, pypi.org" in found
    assert "communication: 4 ranks by gloo" in found
    # torch finds no device behind the pretended GPUs, and a real site must not pass so.
    assert any(line.startswith("ranks, 2 x 2: GPUs: 0 seen by rank 0: no GPU") for line in wrong(lines))
    assert status == 1
    assert not list(ROOT.glob(".doctor-*"))
