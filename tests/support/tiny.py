"""Start the tiny training as its ranks or under the supervisor, and read what it left."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("tiny_training.py")
LAUNCH = Path(__file__).parents[2] / "scripts" / "launch.sh"


def start(folder: Path, *, ranks: int = 1, **environment: str) -> list[subprocess.Popen]:
    """Start the ranks of a tiny training; each writes its own log."""
    folder.mkdir(exist_ok=True)
    port = str(20000 + os.getpid() % 20000)
    processes = []
    for rank in range(ranks):
        places = {
            "RANK": rank,
            "WORLD_SIZE": ranks,
            "LOCAL_RANK": rank,
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
        }
        env = {**os.environ, **environment, **({k: str(v) for k, v in places.items()} if ranks > 1 else {})}
        log = (folder / f"rank{rank}.txt").open("a")
        processes.append(subprocess.Popen([sys.executable, PROGRAM, folder], env=env, stdout=log, stderr=log))
    return processes


def finish(processes: list[subprocess.Popen]) -> list[int]:
    """Wait for the ranks and give their statuses."""
    for process in processes:
        process.wait(timeout=300)
    return [process.returncode for process in processes]


def supervised(folder: Path, *, ranks: int = 1, **environment: str) -> subprocess.Popen:
    """Start the tiny training as a job does: a supervisor, the launcher, the ranks."""
    folder.mkdir(exist_ok=True)
    code = (
        "import logging, sys; from pathlib import Path; from alambic.jobs.supervisor import supervise;"
        "logging.basicConfig(level=logging.INFO);"
        "sys.exit(supervise(sys.argv[2:], Path(sys.argv[1])))"
    )
    launch = [LAUNCH, "--ranks", str(ranks), "--"]
    command = [sys.executable, "-c", code, folder / "manifest.json", *launch, sys.executable, PROGRAM, folder]
    log = (folder / "log.txt").open("a")
    env = {**os.environ, **environment}
    return subprocess.Popen([str(part) for part in command], env=env, stdout=log, stderr=log, start_new_session=True)


def journal(folder: Path) -> list[dict]:
    """Read the steps that the training noted; a line being written is passed over."""
    path = folder / "metrics.jsonl"
    whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]


def losses(folder: Path) -> list[float]:
    """Give the losses, one per step."""
    return [line["loss"] for line in journal(folder)]


def weights(folder: Path) -> str:
    """Give the final weights, to the last bit."""
    return (folder / "weights.txt").read_text()


def some(often: Sequence[tuple], *others: tuple) -> list[Any]:
    """Give the cases that `make test` tries, and those that it leaves to `make chaos`."""
    slow = [pytest.param(*case, marks=pytest.mark.slow) for case in often]
    return slow + [pytest.param(*case, marks=pytest.mark.chaos) for case in others]
