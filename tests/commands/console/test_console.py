"""What a person sees of a run of Snakemake, on a terminal and elsewhere."""

import json
import os
import platform
import pty
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from alambic.commands.console.board import Board
from alambic.commands.console.durations import earlier_seconds
from alambic.commands.console.running_job import clock

SNAKEFILE = """
wildcard_constraints:
    stage="collect"

rule all:
    input: expand("artifacts/collect/{item}/0123456789abcdef/manifest.json", item=ITEMS)

rule collect:
    output: "artifacts/{stage}/{item}/{fingerprint}/manifest.json"
    log: "artifacts/{stage}/{item}/{fingerprint}/log.txt"
    shell:
        "(echo '12:00:00 alambic: {wildcards.item} starts'; sleep 1.2; case {wildcards.item} in bad*) "
        "printf '12:00:01 alambic: no folder /nowhere: expected texts;\\\\nset collect.bad.path\\\\n'; exit 1;; esac; "
        "echo > {output}) > {log} 2>&1; status=$?; cat {log}; exit $status"

onsuccess:
    logger.info("open results/page.html", extra={"alambic": True})
"""


def command(folder: Path, items: list[str]) -> list[str]:
    (folder / "Snakefile").write_text(f"ITEMS = {items}\n{SNAKEFILE}")
    return [sys.executable, "-m", "snakemake", "--cores", "2", "--keep-going", "--logger", "alambic"]


def run(folder: Path, items: list[str]) -> tuple[int, str]:
    done = subprocess.run(command(folder, items), cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def on_terminal(folder: Path, items: list[str]) -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command(folder, items), cwd=folder, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux ends a terminal that nobody has open so
        pass
    os.close(ours)
    assert process.wait() == 0
    return shown.decode()


def test_lines_where_there_is_no_terminal_and_what_was_said_is_in_the_log(tmp_path):
    status, shown = run(tmp_path, ["one", "two/three"])
    assert status == 0, shown
    lines = shown.splitlines()
    assert len(lines) == 5, "a line for each beginning and end, and what comes next"
    assert sum("collect two/three starts" in line for line in lines) == 1
    assert sum("(2 of 2 done)" in line for line in lines) == 1
    assert lines[-1] == "open results/page.html"
    (log,) = (tmp_path / ".snakemake/log").glob("*.console.log")
    assert "alambic: one starts" in log.read_text()
    assert run(tmp_path, ["one", "two/three"]) == (0, "Nothing is to be done: every result is there, in results/\n")


def test_a_failure_is_told_once_in_a_block_with_why_and_where(tmp_path):
    status, shown = run(tmp_path, ["bad", "bad/too", "good"])
    assert status == 1
    block = shown[shown.index("failed: ") :].splitlines()
    assert sorted(block[0].removeprefix("failed: ").split(", ")) == ["collect bad", "collect bad/too"]
    assert block[1:3] == ["  no folder /nowhere: expected texts;", "  set collect.bad.path"]
    assert block[3].startswith("  log: artifacts/collect/bad") and block[3].endswith("log.txt and 1 more")
    assert block[4:6] == [
        "1 of 3 are done and kept; 0 wait for what failed.",
        "Once it is mended, the same command goes on.",
    ]
    assert shown.count("/nowhere") == 1 and len(shown.splitlines()) < 20, shown


def test_an_error_before_any_job_is_told_once_without_its_place_in_our_code(tmp_path):
    found = command(tmp_path, ["one"])
    snakefile = tmp_path / "Snakefile"
    text = 'from snakemake.exceptions import WorkflowError\nraise WorkflowError("experiment x: no source y")\n'
    snakefile.write_text(text + snakefile.read_text())
    done = subprocess.run(found, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and (done.stdout + done.stderr).split("\n") == ["experiment x: no source y", ""]


def test_on_a_terminal_one_line_is_redrawn(tmp_path):
    shown = on_terminal(tmp_path, ["one", "two"])
    assert "0 of 2 done" in shown and "collect one" in shown
    assert "\x1b[2K" in shown, "lines are cleared"
    assert shown.rstrip().splitlines()[-1].endswith("open results/page.html") or "open results/page.html" in shown


def manifest(folder: Path, stage: str, item: str, seconds: float, host: str) -> None:
    path = folder / stage / item / "0123456789abcdef" / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"run": {"seconds": seconds, "host": host}}))


def test_the_time_left_comes_from_what_this_machine_took(tmp_path):
    here = platform.node()
    manifest(tmp_path, "finetune", "student/a/seed1", 40, here)
    manifest(tmp_path, "finetune", "student/a/seed2", 20, here)
    manifest(tmp_path, "finetune", "student/a/seed3", 9000, "another")
    earlier = earlier_seconds(tmp_path)
    assert earlier == {"finetune": {"student/a/seed1": 40, "student/a/seed2": 20}}
    board = Board(earlier=earlier, wanted=Counter({"finetune": 3}))
    board.start(1, "finetune", "student/a/seed1", None, None)
    cores = float(os.cpu_count() or 1)
    assert board.seconds_left() == pytest.approx((40 + 2 * 30) / cores, abs=1)
    board.wanted["distill"] = 1
    assert board.seconds_left() is None, "of a stage that this machine never made nothing is known"


def test_a_training_shows_its_step_its_loss_and_the_time_left(tmp_path):
    (tmp_path / "log.txt").write_text("12:00:00 alambic.training: step 10/100 loss 0.5000\n")
    points = [{"step": step, "time": 1000.0 + 2 * step, "loss": 1 / step} for step in range(1, 21)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points) + '{"step": 21, "ti')
    job = Board().start(1, "distill", "student", tmp_path, tmp_path / "log.txt")
    assert job.shown(None) == f"distill student 20/100 loss 0.05 {clock(160)}"
    assert clock(160) == "2:40" and clock(3675) == "1:01:15"
