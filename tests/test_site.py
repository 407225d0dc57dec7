"""Heads on a site that nobody described: a real Slurm with accounts, limits, a drained node, a controller that dies."""

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from site_run import Site
from slurm_cluster import ROOT

pytest_plugins = ["slurm_cluster"]
pytestmark = pytest.mark.slow

MANY = "a b c d e"


@pytest.fixture
def release(strict_cluster) -> Iterator[threading.Event]:
    """Give an event after which held jobs are let go, also those that are submitted later."""
    begun, ended = threading.Event(), threading.Event()

    def let_go() -> None:
        begun.wait()
        while not ended.wait(1.0):
            held = strict_cluster.run("squeue", "--noheader", "--format=%A|%r").stdout.splitlines()
            for number, reason in (line.split("|") for line in held):
                if "Held" in reason:
                    strict_cluster.run("scontrol", "release", number)

    thread = threading.Thread(target=let_go, daemon=True)
    thread.start()
    yield begun
    ended.set()
    begun.set()
    thread.join()


def test_whatever_happens_to_heads_and_controller_each_job_runs_once(strict_cluster, release, tmp_path: Path):
    """More jobs than are taken; a killed head, a silent controller, a cancelled job, a head with nothing to do."""
    odd = tmp_path / "mes données d'été, (1) & $co `x`"
    odd.mkdir()
    (odd / "venv").symlink_to(sys.prefix)
    site = Site.prepare(strict_cluster, odd / "work", slurm_extra="--hold")
    site.python = odd / "venv/bin/python"
    first = site.start("first", MANY)
    site.finish_beforehand("z")
    site.wait_until(lambda: len(site.queue()) == 4 and "AssocMaxSubmitJobLimit" in site.said())
    first.kill()
    nothing_to_do = site.start("other", "z")
    assert nothing_to_do.wait(timeout=60) == 0, site.said()
    folders = list((site.folder / "logs/slurm").glob("rule_clean/*"))
    assert len(folders) >= 4, "a pending job's folder is empty, and Slurm cannot start it without"
    site.act("kill-controller")
    second = site.start("first", MANY)
    site.wait_until(lambda: "Slurm does not say which jobs are under way" in site.log().read_text())
    site.act("start-controller")
    site.wait_until(lambda: site.log().read_text().count("its result is waited for") >= 4)
    strict_cluster.run("scancel", next(iter(site.queue())))
    release.set()
    assert second.wait(timeout=500) == 0, site.said()
    assert site.ran() == MANY.split(), site.said()
    assert "Trying to restart" not in site.said(), "a refusal is none of the job's attempts"


def test_the_doctor_sees_what_would_hold_the_jobs_up(strict_cluster, tmp_path: Path):
    """The limits of the default QoS and of an account, a drained node, names and values that nothing reads."""
    site = yaml.safe_load((ROOT / "profiles/slurm/generic.yaml").read_text())
    site["default-resources"] |= {"slurm_account": "team-a", "slurm_partition": "work"}
    for resources in site["set-resources"].values():
        resources.pop("slurm_partition", None)
    site["set-resources"]["distill"] |= {"slurm_partition": "gpu", "task_per_node": 2, "qos": "day"}
    site["set-resources"]["teach"] |= {"slurm_partition": "gpu", "runtime": "00:10:00"}
    (tmp_path / "site.yaml").write_text(yaml.safe_dump(site))
    command = [sys.executable, "-m", "alambic", "doctor", "--site", tmp_path / "site.yaml"]
    done = strict_cluster.run(*command, cwd=tmp_path)
    assert done.returncode == 1 and not done.stderr, done.stderr
    for said in (
        r"wall limit \(.*clean.*\): 4 h asked; QoS hour, the default, allows 1 h",
        r"jobs with account team-a: takes 4 submitted jobs, and the profile submits 20: .* -> write `jobs: 4`",
        r"nodes on gpu \(.*distill.*\): .* 2 fit, of which gpu2 takes no jobs \(IDLE\+DRAIN: fan broken\)",
        r"resource task_per_node \(set-resources: distill\): nothing reads it; did you mean 'tasks_per_node'",
        r"resources \(teach\): runtime '00:10:00': expected minutes, .*; did you mean 10\?",
    ):
        assert re.search(rf"^wrong +{said}", done.stdout, re.MULTILINE), f"{said}\n{done.stdout}"
    assert re.search("^(ok|wrong) +torch", done.stdout, re.MULTILINE), "and it goes on to its end"


@pytest.mark.chaos
def test_why_a_job_waits_is_said(strict_cluster, tmp_path: Path):
    site = Site.prepare(
        strict_cluster, tmp_path / "work", slurm_partition="gpu", slurm_account="team-b", slurm_extra="-w gpu2"
    )
    head = site.start("first", "a")
    site.wait_until(lambda: "gpu2 drain: fan broken" in site.said())
    head.kill()
    strict_cluster.run("scancel", *site.queue())


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_a_controller_that_stops_and_goes_on_gets_no_job_twice(strict_cluster, tmp_path: Path):
    """Its kernel takes the requests that it will answer only later: the sender must not send them again."""
    site = Site.prepare(strict_cluster, tmp_path / "work", slurm_account="team-b")
    site.act("pause-controller")
    head = site.start("first", "a b")
    site.wait_until(lambda: site.said().count("Slurm does not") >= 2, seconds=200)
    site.act("resume-controller")
    site.wait_until(lambda: len(site.ran()) >= 1)
    site.act("pause-controller")
    site.wait_until(lambda: "Slurm does not say how the jobs are" in site.said(), seconds=200)
    site.act("resume-controller")
    assert head.wait(timeout=400) == 0, site.said()
    assert site.ran() == ["a", "b"], site.said()


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_a_controller_that_has_forgotten_everything_costs_one_attempt(strict_cluster, tmp_path: Path):
    """Restarted without its state, it knows no job of before."""
    site = Site.prepare(strict_cluster, tmp_path / "work", slurm_account="team-b", slurm_extra="--hold")
    head = site.start("first", "a")
    site.wait_until(lambda: len(site.queue()) == 1)
    site.act("kill-controller")
    for path in (strict_cluster.folder / "state").iterdir():
        if path.name.startswith(("job_state", "last_config_lite")) or path.name.startswith("hash."):
            path.rename(path.with_name(f"old-{path.name}"))
    site.act("start-controller")
    site.wait_until(lambda: "knows no job" in site.said(), seconds=200)
    site.wait_until(lambda: len(site.queue()) == 1)
    strict_cluster.run("scontrol", "release", *site.queue())
    assert head.wait(timeout=200) == 0, site.said()
    assert site.ran() == ["a"]
