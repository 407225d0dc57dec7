"""Work that goes on without its head: found, whoever started it, waited for, and given up when it is gone."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from alambic.data.manifest import Manifest
from alambic.errors import UserError
from alambic.jobs import in_progress
from alambic.jobs.folder_lock import locked_folder

SQUEUE = """#!/bin/sh
echo "$@" >> {calls}
{answer}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """Give the artifact's folder of a run in which questions follow each other quickly."""
    monkeypatch.chdir(tmp_path)
    for name, seconds in (("POLL", 0.02), ("ASK", 0.1), ("LATENCY", 60.0)):
        monkeypatch.setattr(in_progress, name, seconds)
    made = tmp_path / "artifacts/clean/medical" / ("ab" * 8)
    made.mkdir(parents=True)
    Path(".snakemake").mkdir()
    return made


def squeue(folder: Path, monkeypatch, answer: str) -> Path:
    """Put a `squeue` that answers so first on PATH; return the file of what it is asked."""
    program, calls = Path("bin/squeue").absolute(), Path("calls").absolute()
    program.parent.mkdir()
    program.write_text(SQUEUE.format(calls=calls, answer=answer))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return calls


def queued(folder: Path) -> str:
    return f"echo '7|PENDING|{Path.cwd()}|rule_clean_wildcards_medical_{folder.name}'"


def finish(folder: Path, *, after: float) -> threading.Timer:
    stage, item = folder.parts[-3:-1]
    record = Manifest(stage, item, folder.name * 4, {}, {}, {}, {})
    timer = threading.Timer(after, (folder / "manifest.json").write_text, [record.dump()])
    timer.start()
    return timer


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Let what has no owner and no job be given up at once."""
    monkeypatch.setattr(in_progress, "LATENCY", 0.1)


def test_what_nobody_works_on_is_given_up(folder, impatient):
    with pytest.raises(UserError, match="run the same command again"):
        in_progress.wait_for(folder / "manifest.json")


def test_a_live_owner_is_waited_for(folder):
    with locked_folder(folder, finished=lambda: False, lost=lambda: None):
        finish(folder, after=1.0)
        in_progress.wait_for(folder / "manifest.json")


def test_a_job_that_waits_in_the_queue_is_waited_for_whoever_submitted_it(folder, monkeypatch):
    calls = squeue(folder, monkeypatch, queued(folder))
    assert in_progress.queued_jobs_by_fingerprint() == {folder.name: "7"}
    finish(folder, after=1.0)
    in_progress.wait_for(folder / "manifest.json")
    assert "--me" not in calls.read_text()


def test_a_job_of_another_folder_is_no_concern(folder, monkeypatch):
    squeue(folder, monkeypatch, queued(folder).replace(str(Path.cwd()), "/elsewhere"))
    assert in_progress.queued_jobs_by_fingerprint() == {}


def test_a_controller_that_is_silent_says_nothing_of_the_job_s_end(folder, monkeypatch):
    squeue(folder, monkeypatch, "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    finish(folder, after=1.0)
    in_progress.wait_for(folder / "manifest.json")


def test_commands_without_a_cluster_have_no_jobs(folder, impatient, monkeypatch):
    squeue(folder, monkeypatch, "echo 'error: Could not establish a configuration source' >&2; exit 1")
    with pytest.raises(UserError, match="run the same command again"):
        in_progress.wait_for(folder / "manifest.json")


def test_all_who_wait_share_one_question(folder, monkeypatch):
    calls = squeue(folder, monkeypatch, queued(folder))
    monkeypatch.setattr(in_progress, "ASK", 1.0)
    others = [folder.with_name(digit * 16) for digit in "cdef"]
    for other in others:
        other.mkdir()
    begun = time.monotonic()
    threads = [
        threading.Thread(target=in_progress.wait_for, args=(one / "manifest.json",)) for one in (folder, *others)
    ]
    for thread, one in zip(threads, (folder, *others), strict=True):
        thread.start()
        finish(one, after=3.5)
    for thread in threads:
        thread.join()
    assert 1 <= len(calls.read_text().splitlines()) <= 1 + (time.monotonic() - begun) / in_progress.ASK


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
