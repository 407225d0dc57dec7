"""A real Slurm cluster on this machine, started once for all the tests that ask for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "test_cluster.sh"
PROGRAMS = ("slurmctld", "slurmd", "srun", "munged")
PACKAGES = "slurmctld slurmd slurm-client munge"
ACCOUNTING_PROGRAMS = ("slurmdbd", "mariadbd")
ACCOUNTING_PACKAGES = "slurmdbd mariadb-server"


@dataclass(frozen=True)
class Cluster:
    """A running cluster, and the environment in which its commands work."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, with the cluster's clients and this Python's programs first on PATH."""
        path = f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "SLURM_CONF": str(self.folder / "etc/slurm.conf")}

    def run(
        self, *command: str | Path, cwd: Path | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the cluster's side; its output and status are the caller's to judge."""
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )


def _start(folder: Path, accounting: str, shape: str = "jean-zay") -> Cluster:
    _skip_without(PROGRAMS, PACKAGES)
    if accounting == "dbd":
        _skip_without(ACCOUNTING_PROGRAMS, ACCOUNTING_PACKAGES)
    errors = []
    for offset in range(5):  # another test run on this machine may hold the ports of some
        command = [SCRIPT, "start", folder, "--accounting", accounting, "--shape", shape, "--offset", str(offset)]
        # To a file: the daemons keep the script's output open.
        with (folder.parent / f"start-{offset}.log").open("w+") as log:
            started = subprocess.run(command, stdout=log, stderr=log, timeout=120)
            log.seek(0)
            errors.append(log.read())
        if started.returncode == 0:
            return Cluster(folder)
        _stop(folder)
    raise AssertionError(f"the test cluster did not start: {errors}")


def _skip_without(programs: tuple[str, ...], packages: str) -> None:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here: apt-get install {packages}")


def _stop(folder: Path) -> None:
    subprocess.run([SCRIPT, "stop", folder], check=True, timeout=120, stderr=subprocess.PIPE)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster without accounting."""
    folder = tmp_path_factory.mktemp("slurm") / "cluster"
    try:
        yield _start(folder, "none")
    finally:
        if folder.exists():
            _stop(folder)


@pytest.fixture(scope="module")
def accounted_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster that enforces accounts and QoS, those of project `abc` on Jean Zay."""
    folder = tmp_path_factory.mktemp("slurm-dbd") / "cluster"
    try:
        yield _start(folder, "dbd")
    finally:
        if folder.exists():
            _stop(folder)


@pytest.fixture(scope="module")
def strict_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a site of another kind: a rule for accounts, few submitted jobs, short partitions, a drained node."""
    folder = tmp_path_factory.mktemp("slurm-strict") / "cluster"
    try:
        yield _start(folder, "dbd", "strict")
    finally:
        if folder.exists():
            _stop(folder)
