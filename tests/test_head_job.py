"""The head as a job on a real Slurm: one follows another until the work is done, and no job of the work runs twice."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["slurm_cluster"]

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "head_job.sh"
# What the workflow must do by itself: a new head waits for the jobs of the one before.
SNAKEFILE = """
import subprocess, time

def jobs():
    shown = subprocess.run(["squeue", "--noheader", "--me", "--format=%Z %k"], capture_output=True, text=True).stdout
    return [line for line in shown.splitlines() if line.startswith(f"{workflow.basedir} rule_")]

if workflow.is_main_process:
    while jobs():
        time.sleep(0.5)

rule all:
    input: "last"

rule long:
    output: "{name}.long"
    shell: "echo {wildcards.name} $SLURM_JOB_ID >> ran; sleep {config[seconds]}; {config[then]}; touch {output}"

rule last:
    input: "a.long", "b.long"
    output: "last"
    shell: "echo last $SLURM_JOB_ID >> ran; touch {output}"
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Give a folder in which the site's profile and the experiment `work` are."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "slurm").symlink_to(ROOT / "profiles" / "slurm")
    return tmp_path


class Heads:
    """The heads of one folder."""

    def __init__(self, cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder

    def command(self, action: str, *options: str) -> str:
        done = self.cluster.run(SCRIPT, action, "work.yaml", *options, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *options: str, seconds: int, then: str = "true") -> None:
        (self.folder / "work.yaml").write_text(f"seconds: {seconds}\nthen: '{then}'\n")
        snakemake = ("--", "--nolock", "--ignore-incomplete")
        self.command("start", "slurm/test-cluster", "--partition", "prepost", "--time", "20", *options, *snakemake)

    def jobs(self, *, heads: bool, states: str = "all") -> dict[str, str]:
        shown = self.cluster.run("squeue", "--noheader", "--me", f"--states={states}", "--format=%A|%T|%k|%Z").stdout
        rows = [line.split("|") for line in shown.splitlines()]
        mine = [row for row in rows if row[3] == str(self.folder)]
        return {number: state for number, state, comment, _ in mine if comment.startswith("rule_") != heads}

    def live(self, *, heads: bool) -> dict[str, str]:
        return self.jobs(heads=heads, states="PENDING,RUNNING,COMPLETING")

    def ran(self) -> list[str]:
        file = self.folder / "ran"
        return sorted(line.split()[0] for line in file.read_text().splitlines()) if file.exists() else []

    def log(self) -> str:
        return "\n".join(file.read_text() for file in sorted((self.folder / "logs/slurm").glob("head-*.log")))

    def shells(self) -> list[int]:
        """The running head's script: the virtual nodes are this machine."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cwd").resolve() == self.folder and b"head_job.sh" in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
        assert found
        return found

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, self.log()
            time.sleep(0.5)


@pytest.fixture
def heads(cluster, work: Path):
    """Give the heads of a new folder, and leave none behind."""
    heads = Heads(cluster, work)
    yield heads
    left = [*heads.live(heads=True), *heads.live(heads=False)]
    if left:
        cluster.run("scancel", *left)


@pytest.mark.slow
def test_at_the_end_of_its_time_a_head_is_followed_and_its_jobs_go_on(heads: Heads):
    heads.start("--limit", "25", seconds=30)
    again = heads.cluster.run(SCRIPT, "start", "work.yaml", "slurm/test-cluster", cwd=heads.folder)
    assert again.returncode != 0
    assert "has a head already" in again.stderr
    heads.until(lambda: not heads.live(heads=True), 160)
    assert (heads.folder / "last").exists(), heads.log()
    assert heads.ran() == ["a", "b", "last"], "each once"
    assert set(heads.jobs(heads=False).values()) == {"COMPLETED"}
    assert "its time is over" in heads.log()
    assert "head 2 of 50: Snakemake ended with status 0" in heads.log() or "head 3 of 50" in heads.log()
    assert not heads.live(heads=False)


@pytest.mark.slow
def test_what_fails_for_good_is_not_started_again(heads: Heads):
    heads.start(seconds=0, then="exit 3")
    heads.until(lambda: not heads.live(heads=True), 90)
    assert heads.ran() == ["a", "b"]
    assert "Snakemake ended with status 1" in heads.log()
    assert sorted(heads.jobs(heads=True).values()) == ["CANCELLED", "FAILED"]


@pytest.mark.slow
@pytest.mark.parametrize(("action", "then"), [("stop", "COMPLETED"), ("cancel", "CANCELLED")])
def test_stop_leaves_the_jobs_and_cancel_ends_them(heads: Heads, action: str, then: str):
    heads.start(seconds=15)
    heads.until(lambda: heads.ran() == ["a", "b"], 60)
    assert "RUNNING" in heads.command("status")
    heads.command(action)
    heads.until(lambda: not heads.live(heads=True) and not heads.live(heads=False), 60)
    assert list(heads.jobs(heads=False).values()) == [then, then]
    assert not (heads.folder / "last").exists()


@pytest.mark.slow
def test_a_head_that_scancel_ends_has_no_successor(heads: Heads):
    heads.start(seconds=1000)
    heads.until(lambda: len(heads.ran()) == 2, 60)
    running = [number for number, state in heads.live(heads=True).items() if state == "RUNNING"]
    heads.cluster.run("scancel", *running)
    heads.until(lambda: not heads.live(heads=True), 60)
    assert len(heads.jobs(heads=True)) == 2
    assert set(heads.live(heads=False).values()) == {"RUNNING"}


@pytest.mark.slow
def test_a_head_that_dies_at_once_is_followed_too(heads: Heads):
    heads.start(seconds=1000)
    heads.until(lambda: len(heads.ran()) == 2, 60)
    for process in heads.shells():
        os.kill(process, signal.SIGKILL)
    heads.until(lambda: "head 2 of 50" in heads.log(), 60)
    assert set(heads.live(heads=False).values()) == {"RUNNING"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["start", "none", "slurm/test-cluster"], "no experiment config/experiments/none.yaml"),
        (["start", "work.yaml", "elsewhere"], "no site 'elsewhere'"),
        (["start", "work.yaml"], "which site?"),
        (["start", "work.yaml", "slurm/test-cluster", "--walltime", "3"], "unknown option '--walltime'"),
        (["start", "work.yaml", "slurm/test-cluster", "--heads", "many"], "'many': expected a whole number"),
        (["begin", "work.yaml"], "unknown action 'begin'"),
        (["start"], "usage:"),
    ],
)
def test_a_mistake_is_named_before_anything_is_submitted(work: Path, arguments: list[str], said: str):
    (work / "work.yaml").write_text("seconds: 1\n")
    done = subprocess.run([SCRIPT, *arguments], cwd=work, capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr


STUB = """#!/bin/sh
case $0 in
    *sbatch) for word; do case $word in --wrap=*) printf '%s' "${word#--wrap=}" > "$CALLS/wrap";;
             --job-name=*) printf '%s' "${word#--job-name=}" > "$CALLS/name";; esac; done; echo 7;;
    *snakemake) for word; do printf '%s\\0' "$word"; done > "$CALLS/snakemake";;
    *) ;;
esac
"""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("title", ["été", "d'un essai", 'a "b"', "$HOME `id`", "two\nlines", "50%, \\ or so"])
def test_any_name_reaches_snakemake_through_any_shell(tmp_path: Path, title: str, locale: str):
    """The shell of a job is often dash, and the locale often C."""
    work = tmp_path / "mes données d'été"
    (work / "profiles").mkdir(parents=True)
    (work / "Snakefile").write_text("")
    experiment, site = f"{title}.yaml", f"site of {title}.yaml"
    (work / experiment).write_text("")
    (work / site).write_text("")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sbatch", "snakemake", "squeue", "scancel"):
        (programs / name).write_text(STUB)
        (programs / name).chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CALLS": str(tmp_path), "LC_ALL": locale}
    command = [SCRIPT, "start", experiment, site, "--heads", "1", "--", "--config", title]
    subprocess.run(command, cwd=work, env=environment, check=True, capture_output=True)
    assert not set((tmp_path / "name").read_text()) & set(",% \n'\"$`\\"), "squeue would take it apart"
    job = {**environment, "SLURM_JOB_ID": "7"}
    for shell in ("/bin/sh", "bash"):
        subprocess.run(
            [shell, "-c", (tmp_path / "wrap").read_text()], cwd=work, env=job, check=True, capture_output=True
        )
        asked = (tmp_path / "snakemake").read_text().split("\0")[:-1]
        assert asked == ["--configfile", experiment, "--profile", site, "--config", title]


def test_no_head_is_started_while_slurm_does_not_say_whether_there_is_one(work: Path, tmp_path: Path):
    (work / "work.yaml").write_text("seconds: 1\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("squeue", "exit 1"), ("sbatch", "touch submitted; echo 7")):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    command = [SCRIPT, "start", "work.yaml", "slurm/test-cluster"]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and "does not say" in done.stderr and not (work / "submitted").exists()
