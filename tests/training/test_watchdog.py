"""The watchdog ends what hangs, and leaves alone what was stopped from outside and goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alambic.endings import Why

FLOOR = 2.0  # seconds without a step that count as a hang
PROGRAM = f"""
import sys, time
from pathlib import Path
from alambic.training.watchdog import Watchdog
folder, naps = Path(sys.argv[1]), int(sys.argv[2])
with Watchdog(folder, floor={FLOOR}) as watchdog:
    for _ in range(20):
        time.sleep(0.02)
        watchdog.step()
    (folder / "ready").touch()
    for _ in range(naps):  # a stop swallows one of them, not the whole step
        time.sleep(0.05)
"""


@pytest.fixture
def start(tmp_path):
    """Start a process of twenty quick steps and one more, which lasts `naps` naps of 0.05 s."""
    running = []

    def start(naps: int) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), str(naps)], stderr=subprocess.DEVNULL)
        running.append(process)
        wait_until((tmp_path / "ready").exists, process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def wait_until(condition, process: subprocess.Popen, seconds: float = 60) -> None:
    """Wait for `condition`, as long as `process` lives."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)


def is_stopped(process: subprocess.Popen) -> bool:
    """Tell whether the kernel has stopped it."""
    return Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


def test_a_step_that_never_ends_is_a_hang(start):
    assert start(10_000).wait(60) == Why.HANG.status


def test_a_process_that_was_stopped_goes_on(start):
    process = start(10)
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: is_stopped(process), process)
    time.sleep(1.5 * FLOOR)
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(60) == 0


def test_a_process_that_hangs_after_it_was_stopped_is_found(start):
    process = start(10_000)
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: is_stopped(process), process)
    time.sleep(1.5 * FLOOR)
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(60) == Why.HANG.status
