"""Work that goes on without its head: found, whoever started it; and what is tried again."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from alambic.jobs import in_progress


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """Give the artifact's folder of a run."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "artifacts/clean/medical" / ("ab" * 8)
    made.mkdir(parents=True)
    return made


def squeue(monkeypatch, answer: str) -> Path:
    """Put a `squeue` that answers so first on PATH; return the file of what it is asked, and in which environment."""
    program, calls = Path("bin/squeue").absolute(), Path("calls").absolute()
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\n(echo "$@"; env) >> {quote(str(calls))}\n{answer}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return calls


def queued(folder: Path, *, where: str | None = None, before: str = "") -> str:
    """A shell's command that shows a job, after other people's lines."""
    row = f"{where or Path.cwd()}\x1f7\x1fPENDING\x1falambic_1\x1frule_clean_wildcards_medical_{folder.name}"
    Path("answer").write_bytes(before.encode("utf-8", "surrogateescape") + row.encode() + b"\n")
    return f"cat {quote(str(Path('answer').absolute()))}"


def test_a_job_is_known_by_its_comment_whoever_submitted_it(folder, monkeypatch):
    calls = squeue(monkeypatch, queued(folder))
    monkeypatch.setenv("SQUEUE_STATES", "RUNNING")
    monkeypatch.setenv("SQUEUE_USERS", "somebody")
    assert in_progress.queued_jobs_by_fingerprint() == {folder.name: "7"}
    assert "--me" not in calls.read_text() and "SQUEUE_" not in calls.read_text(), "nothing hides a job"


ODD = [
    "/home/x\x1f9\x1fRUNNING\x1fa|b\x1fa comment\nof two | lines\n",
    "/home/\udce9t\udce9\x1f9\x1fRUNNING\x1f\udcff\x1fnot UTF-8\n",
    "\n\x1f\x1f\n/home/x\x1f9\n/home/\u2028x\x1f9\x1fRUNNING\x1f\x85\x1f(null)\n",
]


@pytest.mark.parametrize("before", ODD)
def test_what_others_write_hides_no_job(folder, monkeypatch, before):
    squeue(monkeypatch, queued(folder, before=before))
    assert in_progress.queued_jobs_by_fingerprint() == {folder.name: "7"}


@pytest.mark.parametrize("name", ["a|b", "mes données", "d'un été", "50%"])
def test_a_folder_may_have_any_name(tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    squeue(monkeypatch, queued(Path("ab" * 8)))
    assert in_progress.queued_jobs_by_fingerprint() == {"ab" * 8: "7"}


def test_a_job_of_another_folder_is_no_concern(folder, monkeypatch):
    squeue(monkeypatch, queued(folder, where="/elsewhere"))
    assert in_progress.queued_jobs_by_fingerprint() == {}


def test_commands_without_a_cluster_have_no_jobs(folder, monkeypatch):
    squeue(monkeypatch, "echo 'error: Could not establish a configuration source' >&2; exit 1")
    assert in_progress.queued_jobs_by_fingerprint() == {}


@pytest.mark.parametrize(
    ("stage", "why", "worth"),
    [("clean", "error", False), ("clean", "lost rank", True), ("collect", "error", True), ("clean", None, True)],
)
def test_an_error_is_not_is_retryable_unless_the_network_may_be_at_fault(folder, stage, why, worth):
    made = Path("artifacts") / stage / "medical" / folder.name
    made.mkdir(parents=True, exist_ok=True)
    attempt = {"number": 1, "started": "", "job": None, "nodes": "", "from_step": 0, "why": why}
    (made / "attempts.jsonl").write_text(json.dumps(attempt) + "\n")
    assert in_progress.is_retryable([str(made / "manifest.json")]) is worth
    assert in_progress.is_retryable([]) and in_progress.is_retryable(["results/demo/.published-1"])


RULES = sorted((Path(__file__).parents[2] / "workflow" / "rules").glob("*.smk"))
PIPES = {
    found.format(log="log")
    for path in RULES
    for found in re.findall(r'2>&1 (\| .*)"', path.read_text().replace(":q}", "}"))
}


@pytest.mark.parametrize("pipe", sorted(PIPES))
def test_a_job_goes_on_when_nobody_reads_what_it_says(tmp_path, pipe):
    """As when the head is killed whose terminal or pipe its local jobs write to."""
    script = f"(for n in 1 2 3; do echo $n; sleep 0.3; done; touch done) 2>&1 {pipe}"
    process = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.close()
    process.wait(timeout=300)
    assert (tmp_path / "log").read_text().split() == ["1", "2", "3"] and (tmp_path / "done").exists()


@pytest.mark.parametrize("pipe", sorted(PIPES))
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_last_words_of_a_job_are_written_down(tmp_path, pipe, number):
    """As at a wall limit or at Ctrl-C, which reach every process of a job; then it says why it ends."""
    code = f"import signal, time; awaited = [{int(number)}]; signal.pthread_sigmask(signal.SIG_BLOCK, awaited);"
    code += "print('ready', flush=True); signal.sigwait(awaited); print('why'); time.sleep(0.5); print('and how')"
    script = f'{sys.executable} -c "{code}" 2>&1 {pipe}'
    process = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, cwd=tmp_path, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    os.killpg(process.pid, number)
    process.stdout.read()  # to the end of the last of them
    assert (tmp_path / "log").read_text().split() == ["ready", "why", "and", "how"]
